import { useSyncExternalStore } from 'react'
import { onLiveEvent } from './live.ts'

/**
 * Live stock by product. A busy product changes a hundred times a second: a page shows at most four of these, which is what people
 * can read.
 */

const SHOW_INTERVAL_MS = 250

const shown = new Map<number, number>()
const changed = new Map<number, number>()
const listeners = new Map<number, Set<() => void>>()
let timer: ReturnType<typeof setTimeout> | undefined

onLiveEvent((event) => {
  if (event.type === 'resync') return forgetAll()
  if (event.change.type !== 'stock.changed') return
  changed.set(event.change.data.productId, event.change.data.quantity)
  if (timer === undefined) timer = setTimeout(show, SHOW_INTERVAL_MS)
})

/** What was read from the server after a resync is newer than what is kept here. */
function forgetAll(): void {
  shown.clear()
  changed.clear()
  for (const of of listeners.values()) for (const listener of of) listener()
}

function show(): void {
  timer = undefined
  for (const [productId, quantity] of changed) {
    shown.set(productId, quantity)
    for (const listener of listeners.get(productId) ?? []) listener()
  }
  changed.clear()
}

/** Takes what was just read from the server, which is newer than what the feed said before. */
export function learnStock(products: Iterable<{ id: number; stock: number }>): void {
  for (const { id, stock } of products) {
    changed.delete(id)
    shown.set(id, stock)
    for (const listener of listeners.get(id) ?? []) listener()
  }
}

/** The stock that is shown of a product now. */
export function readStock(productId: number, read: number): number {
  return shown.get(productId) ?? read
}

/** The stock of a product: what the feed said last, else what was read. */
export function useStock(productId: number, read: number): number {
  const live = useSyncExternalStore(
    (listener) => {
      const of = listeners.get(productId) ?? new Set()
      listeners.set(productId, of.add(listener))
      return () => of.delete(listener)
    },
    () => shown.get(productId),
  )
  return live ?? read
}
