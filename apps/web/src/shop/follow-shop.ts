import type { QueryClient } from '@tanstack/react-query'
import { gatherReads } from '../shared/gathered-reads.ts'
import { onLiveEvent } from '../shared/live.ts'

/** Sales change the ranking all the time; it is read again this often at most. */
const RANKING_MS = 5_000

/** Keeps what the shop has read up to date by the live feed. Stock has a store of its own: see shared/stock.ts. */
export function followShop(queries: QueryClient): void {
  const reads = gatherReads(queries)
  let ranking: ReturnType<typeof setTimeout> | undefined
  const rank = () => {
    ranking = undefined
    // A hidden page reads again when it becomes visible.
    if (document.hidden) void queries.invalidateQueries({ queryKey: ['popular'], refetchType: 'none' })
    else reads.stale('popular')
  }
  onLiveEvent((event) => {
    if (event.type === 'resync') return reads.stale()
    const { type, data } = event.change
    if (type === 'stock.changed' && data.reason !== 'correction' && ranking === undefined)
      ranking = setTimeout(rank, RANKING_MS)
    if (type.startsWith('product.')) for (const key of ['products', 'popular', 'cart']) reads.stale(key)
    if (type.startsWith('order.')) reads.stale('orders')
    if (type === 'points.changed') reads.stale('points')
  })
}
