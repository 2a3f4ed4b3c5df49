/** The median of some durations, which single delays of a busy machine do not change. */
export function median(delays: number[]): number {
  return delays.toSorted((a, b) => a - b)[Math.floor(delays.length / 2)] ?? Number.NaN
}
