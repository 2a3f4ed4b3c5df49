/** The middle one of some delays: a busy machine may be late now and then, but not mostly. */
export function median(delays: number[]): number {
  return delays.toSorted((a, b) => a - b)[Math.floor(delays.length / 2)] ?? Number.NaN
}
