import type { OrderOfTab } from './order-flow.ts'
import { orderStorage, type TextStorage } from './stored-order.ts'

/** The orders of this browser. */
export const orderStorageOfBrowser = orderStorage(safe(() => localStorage))

const OF_TAB = 'jumun-order-of-tab'
const tabTexts = safe(() => sessionStorage)

/** The order of this tab. */
export const orderOfTab: OrderOfTab = {
  key: () => tabTexts.getItem(OF_TAB),
  keep: (key) => (key === null ? tabTexts.removeItem(OF_TAB) : tabTexts.setItem(OF_TAB, key)),
}

/** Keeps texts in memory if the browser has no storage, as in some private windows. An order is then kept as long as its page. */
function safe(texts: () => TextStorage): TextStorage {
  const kept = new Map<string, string>()
  const attempt = <Value>(use: () => Value) => {
    try {
      return use()
    } catch {
      return undefined
    }
  }
  return {
    getItem: (key) => kept.get(key) ?? attempt(() => texts().getItem(key)) ?? null,
    setItem(key, value) {
      kept.delete(key)
      attempt(() => texts().setItem(key, value))
      if (attempt(() => texts().getItem(key)) !== value) kept.set(key, value)
    },
    removeItem(key) {
      kept.delete(key)
      attempt(() => texts().removeItem(key))
    },
  }
}
