/** The smallest value that at least this share of the values does not exceed (nearest rank); NaN if there are none. */
export function percentile(values: number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(share * values.length) - 1] ?? Number.NaN
}

/** The lower median; NaN if there are no values. */
export function median(values: number[]): number {
  return percentile(values, 0.5)
}
