import type { QueryClient } from '@tanstack/react-query'
import { onLiveEvent } from '../shared/live.ts'

/** Keeps what the shop has read up to date by the live feed. Stock has a store of its own: see shared/stock.ts. */
export function followShop(queries: QueryClient): void {
  const stale = (...queryKey: unknown[]) => void queries.invalidateQueries({ queryKey })
  onLiveEvent((event) => {
    if (event.type === 'resync') return stale()
    const { type } = event.change
    if (type.startsWith('product.')) stale('products')
    if (type.startsWith('order.')) stale('orders')
    if (type === 'points.changed') stale('points')
  })
}
