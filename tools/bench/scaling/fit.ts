/** Orders a second that so many processes placed. */
export interface Point {
  processes: number
  perSecond: number
}

/** n processes place `alone × n ÷ (1 + contention × (n − 1) + coherence × n × (n − 1))` orders a second. */
export interface Fit {
  alone: number
  contention: number
  coherence: number
  /** Share of the variance that the curve explains. */
  r2: number
}

/**
 * Fits the Universal Scalability Law (Gunther), or Amdahl's law, which is the same without coherence, to some points by least squares of
 * n ÷ orders a second, which is linear in the coefficients. Needs as many different numbers of processes as coefficients.
 */
export function fitScaling(points: Point[], law: 'usl' | 'amdahl'): Fit {
  const rows = points.map(({ processes: n }) => (law === 'usl' ? [1, n - 1, n * (n - 1)] : [1, n - 1]))
  const [base = Number.NaN, contention = Number.NaN, coherence = 0] = leastSquares(
    rows,
    points.map(({ processes, perSecond }) => processes / perSecond),
  )
  const fit = { alone: 1 / base, contention: contention / base, coherence: coherence / base }
  const mean = points.reduce((sum, { perSecond }) => sum + perSecond, 0) / points.length
  const sumOf = (error: (point: Point) => number) => points.reduce((sum, point) => sum + error(point) ** 2, 0)
  const unexplained = sumOf(({ processes, perSecond }) => perSecond - predict(fit, processes))
  return { ...fit, r2: 1 - unexplained / sumOf(({ perSecond }) => perSecond - mean) }
}

/** Orders a second that so many processes place by a fit. */
export function predict({ alone, contention, coherence }: Omit<Fit, 'r2'>, n: number): number {
  return (alone * n) / (1 + contention * (n - 1) + coherence * n * (n - 1))
}

/** Solves the normal equations by Gauss-Jordan elimination; there are at most three. */
function leastSquares(rows: number[][], values: number[]): number[] {
  const size = rows[0]?.length ?? 0
  const dot = (column: number, read: (row: number) => number) =>
    rows.reduce((sum, row, index) => sum + (row[column] ?? 0) * read(index), 0)
  const matrix = Array.from({ length: size }, (_, i) => [
    ...Array.from({ length: size }, (_, j) => dot(i, (index) => rows[index]?.[j] ?? 0)),
    dot(i, (index) => values[index] ?? 0),
  ])
  for (const [index, pivot] of matrix.entries()) {
    const divisor = pivot[index] ?? 0
    for (const [column, value] of pivot.entries()) pivot[column] = value / divisor
    for (const row of matrix) {
      if (row === pivot) continue
      const factor = row[index] ?? 0
      for (const [column, value] of pivot.entries()) row[column] = (row[column] ?? 0) - factor * value
    }
  }
  return matrix.map((row) => row[size] ?? Number.NaN)
}
