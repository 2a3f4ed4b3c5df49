import type { QueryClient } from '@tanstack/react-query'
import { onLiveEvent } from '../shared/live.ts'

/** Sales change the ranking all the time; it is read again this often at most. */
const RANKING_MS = 5_000

/** Keeps what the shop has read up to date by the live feed. Stock has a store of its own: see shared/stock.ts. */
export function followShop(queries: QueryClient): void {
  const stale = (...queryKey: unknown[]) => void queries.invalidateQueries({ queryKey })
  let ranking: ReturnType<typeof setTimeout> | undefined
  const rank = () => {
    ranking = undefined
    if (!document.hidden) stale('popular')
  }
  onLiveEvent((event) => {
    if (event.type === 'resync') return stale()
    const { type, data } = event.change
    if (type === 'stock.changed' && data.reason !== 'correction' && ranking === undefined)
      ranking = setTimeout(rank, RANKING_MS)
    if (type.startsWith('product.')) for (const key of ['products', 'popular', 'cart']) stale(key)
    if (type.startsWith('order.')) stale('orders')
    if (type === 'points.changed') stale('points')
  })
}
