import { useCallback, useSyncExternalStore } from 'react'
import { onLiveEvent } from './live.ts'
import { StockStore } from './stock-store.ts'

/** Live stock by product. */
const stocks = new StockStore()

onLiveEvent((event) => {
  if (event.type === 'resync') stocks.forget()
  else if (event.change.type === 'stock.changed') stocks.hear(event.change.data.productId, event.change.data.quantity)
})

/** Call it when a read begins. Returns a function that takes the stock from the reply. */
export const stockReader = (): ReturnType<StockStore['reader']> => stocks.reader()

/** The stock that is shown of a product now. */
export function readStock(productId: number, read: number): number {
  return stocks.get(productId) ?? read
}

/** The stock of a product: the last one from the feed, or the one that was read. */
export function useStock(productId: number, read: number): number {
  const subscribe = useCallback((listener: () => void) => stocks.subscribe(productId, listener), [productId])
  return useSyncExternalStore(subscribe, () => stocks.get(productId)) ?? read
}
