/** The quantity sold of one product. */
export interface Sold {
  productId: number
  sold: number
}

/** How many of a window's most sold products are remembered. More than callers ask for, because some fall behind. */
export const LEADERS = 1_000

/** Finds the `count` products with the highest totals above 0, without sorting all. */
export class Ranking {
  readonly #count: number
  #top: Sold[] = []
  #bound: Sold = { productId: Number.POSITIVE_INFINITY, sold: 1 }

  constructor(count: number) {
    this.#count = count
  }

  add(productId: number, sold: number): void {
    if (sold < this.#bound.sold) return
    const one = { productId, sold }
    if (byRank(one, this.#bound) > 0) return
    this.#top.push(one)
    if (this.#top.length < 2 * this.#count) return
    this.#top = this.top()
    this.#bound = this.#top.at(-1) ?? this.#bound
  }

  /** Highest first, ties by the lower id. */
  top(): Sold[] {
    return this.#top.sort(byRank).slice(0, this.#count)
  }
}

/** The most sold products of each window, found once. */
const leadersOfWindows = new WeakMap<ReadonlyMap<number, number>, Sold[]>()

/** The most sold products of a window. Finding them among a hundred thousand products blocks the event loop for tens of milliseconds. */
export function leadersOf(window: ReadonlyMap<number, number>, count: number): Sold[] {
  const known = leadersOfWindows.get(window)
  if (known) return known
  const ranking = new Ranking(count)
  for (const [productId, sold] of window) ranking.add(productId, sold)
  rememberLeaders(window, ranking)
  return ranking.top()
}

/** Remembers the leaders of a window that were found while it was loaded. */
export function rememberLeaders(window: ReadonlyMap<number, number>, ranking: Ranking): void {
  leadersOfWindows.set(window, ranking.top())
}

export function byRank(a: Sold, b: Sold): number {
  return b.sold - a.sold || a.productId - b.productId
}
