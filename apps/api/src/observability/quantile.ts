/**
 * The value below which this share of the observations lies, interpolated within its bucket as Prometheus does.
 *
 * @param counts observations in each bucket, the last for those above every bound
 * @param bounds the upper bounds of all buckets but the last, ascending
 * @returns null without observations; the largest bound where the value lies above it
 */
export function quantileOf(counts: readonly number[], bounds: readonly number[], share: number): number | null {
  const all = counts.reduce((sum, count) => sum + count, 0)
  if (all === 0) return null
  let below = 0
  for (const [index, bound] of bounds.entries()) {
    const count = counts[index] ?? 0
    if (count > 0 && below + count >= share * all) {
      const from = bounds[index - 1] ?? 0
      return from + (bound - from) * ((share * all - below) / count)
    }
    below += count
  }
  return bounds.at(-1) ?? null
}
