import type { Sales } from './popular-windows.ts'
import { byRank, LEADERS, leadersOf, Ranking, type Sold } from './ranking.ts'

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

function best(ids: Iterable<number>, total: (productId: number) => number, count: number): Sold[] {
  const ranking = new Ranking(count)
  for (const productId of ids) ranking.add(productId, total(productId))
  return ranking.top()
}
