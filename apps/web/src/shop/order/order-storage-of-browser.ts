import { orderStorage, type TextStorage } from './stored-order.ts'

/** The orders of this browser. */
export const orderStorageOfBrowser = orderStorage(safeLocalStorage())

/** Where a browser keeps nothing, as in some private windows, an order outlives at least everything but its page. */
function safeLocalStorage(): TextStorage {
  const kept = new Map<string, string>()
  const attempt = <Value>(use: () => Value) => {
    try {
      return use()
    } catch {
      return undefined
    }
  }
  return {
    getItem: (key) => kept.get(key) ?? attempt(() => localStorage.getItem(key)) ?? null,
    setItem(key, value) {
      kept.delete(key)
      attempt(() => localStorage.setItem(key, value))
      if (attempt(() => localStorage.getItem(key)) !== value) kept.set(key, value)
    },
    removeItem(key) {
      kept.delete(key)
      attempt(() => localStorage.removeItem(key))
    },
  }
}
