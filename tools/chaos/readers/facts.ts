import type { Change } from '@jumun/contract'

/** The facts of a change that the checker compares: its subject (an order, a product or a member), and the subject's state after it. */
export interface ChangeFacts {
  id: string
  type: string
  subject: string
  /** Version of the order, stock of the product, or balance of the member. */
  value: number | null
  /** By how much the balance changed. */
  amount: number | null
  /** Why the stock changed. */
  reason: string | null
}

/** The facts of a change. */
export function factsOf(change: Change): ChangeFacts {
  const none = { id: change.id, type: change.type, value: null, amount: null, reason: null }
  switch (change.type) {
    case 'order.placed':
    case 'order.paid':
    case 'order.cancelled':
    case 'order.expired':
      return { ...none, subject: change.data.order.id, value: change.data.version }
    case 'stock.changed':
      return {
        ...none,
        subject: `${change.data.productId}`,
        value: change.data.quantity,
        reason: change.data.reason,
      }
    case 'points.changed':
      return { ...none, subject: change.data.memberId, value: change.data.balance, amount: change.data.amount }
    case 'product.created':
    case 'product.updated':
      return { ...none, subject: `${change.data.product.id}` }
    case 'product.removed':
      return { ...none, subject: `${change.data.productId}` }
    case 'delivery.dead':
    case 'delivery.replayed':
      return { ...none, subject: change.data.orderId }
  }
}
