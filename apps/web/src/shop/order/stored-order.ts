/** One product of an order, as the member saw it. */
export interface OrderLine {
  productId: number
  name: string
  price: number
  quantity: number
}

/** What a member is about to order. */
export interface OrderDraft {
  memberId: string
  lines: OrderLine[]
  payment: 'now' | 'later'
  /** Products to take out of the cart when the order is placed. */
  cartProducts: number[]
  /** When the lines were read, in milliseconds since 1970. */
  seenAt: number
}

/** An order that may be on its way: what is sent, and the key that makes every repetition the same order. */
export interface StoredOrder extends OrderDraft {
  key: string
  expectedTotal: number
  startedAt: number
}

/** How the last order of a member ended in this browser. */
interface OrderOutcome {
  key: string
  /** Null: it was refused. */
  orderId: string | null
  at: number
}

/** Keeps orders of this browser, shared by its tabs. */
export interface OrderStorage {
  unfinished(memberId: string): StoredOrder | undefined
  lastOutcome(memberId: string): OrderOutcome | undefined
  begin(order: StoredOrder): void
  finish(order: StoredOrder, orderId: string | null, at: number): void
  /** Gives an order up whose outcome stays unknown. */
  forget(memberId: string): void
}

/** What `localStorage` is used for. */
export type TextStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

/** Keeps orders in `localStorage`. Each member has a place of its own, so that one's order is never taken for another's. */
export function orderStorage(texts: TextStorage): OrderStorage {
  const [orderKey, outcomeKey] = [
    (memberId: string) => `jumun-order:${memberId}`,
    (memberId: string) => `jumun-order-outcome:${memberId}`,
  ]
  return {
    unfinished(memberId) {
      const order = read<StoredOrder>(texts, orderKey(memberId))
      return order?.memberId === memberId && order.key && Array.isArray(order.lines) ? order : undefined
    },
    lastOutcome: (memberId) => read<OrderOutcome>(texts, outcomeKey(memberId)),
    begin: (order) => texts.setItem(orderKey(order.memberId), JSON.stringify(order)),
    finish({ memberId, key }, orderId, at) {
      texts.setItem(outcomeKey(memberId), JSON.stringify({ key, orderId, at } satisfies OrderOutcome))
      texts.removeItem(orderKey(memberId))
    },
    forget: (memberId) => texts.removeItem(orderKey(memberId)),
  }
}

/** Reads a value. Malformed text counts as missing, because people and extensions may write into the storage too. */
function read<Value>(texts: TextStorage, key: string): Value | undefined {
  try {
    return (JSON.parse(texts.getItem(key) ?? 'null') as Value | null) ?? undefined
  } catch {
    return undefined
  }
}

/** The sum of the lines, in whole KRW. */
export function totalOf(lines: OrderLine[]): number {
  return lines.reduce((sum, { price, quantity }) => sum + price * quantity, 0)
}
