import type { Sales } from './popular-windows.ts'

/** The quantity sold of one product. */
export interface Sold {
  productId: number
  sold: number
}

/** How many of a window's most sold products are remembered. More than callers ask for, because some fall behind. */
const LEADERS = 1_000

/** The most sold products of each window, found once. */
const leadersOfWindows = new WeakMap<Sales['window'], Sold[]>()

/**
 * The `count` most sold products, highest first and ties by the lower id. Looks only at the leaders of the window and at the
 * products that changed, unless so many leaders fell that another product may have overtaken them.
 */
export function mostSold(
  { window, changes }: Pick<Sales, 'window' | 'changes'>,
  count: number,
  leaderCount = LEADERS,
): Sold[] {
  const leaders = leadersOf(window, leaderCount)
  const ids = new Set(changes.keys())
  for (const { productId } of leaders) ids.add(productId)
  const total = (productId: number) => (window.get(productId) ?? 0) + (changes.get(productId) ?? 0)
  const top = best(ids, total, count)
  // Every other product comes after the last leader, unless there is no other one.
  const [lowest, last] = [top.at(-1), leaders.at(-1)]
  const isCertain =
    leaders.length < leaderCount || (top.length === count && lowest && last && byRank(lowest, last) <= 0)
  if (isCertain) return top
  for (const productId of window.keys()) ids.add(productId)
  return best(ids, total, count)
}

function leadersOf(window: Sales['window'], leaderCount: number): Sold[] {
  const known = leadersOfWindows.get(window)
  if (known) return known
  const leaders = best(window.keys(), (productId) => window.get(productId) ?? 0, leaderCount)
  leadersOfWindows.set(window, leaders)
  return leaders
}

/** The `count` products with the highest totals above 0, without sorting all. */
function best(ids: Iterable<number>, total: (productId: number) => number, count: number): Sold[] {
  let top: Sold[] = []
  let bound: Sold = { productId: Number.POSITIVE_INFINITY, sold: 1 }
  for (const productId of ids) {
    const sold = total(productId)
    if (sold < bound.sold) continue
    const one = { productId, sold }
    if (byRank(one, bound) > 0) continue
    top.push(one)
    if (top.length < 2 * count) continue
    top = top.sort(byRank).slice(0, count)
    bound = top.at(-1) ?? bound
  }
  return top.sort(byRank).slice(0, count)
}

function byRank(a: Sold, b: Sold): number {
  return b.sold - a.sold || a.productId - b.productId
}
