import type { Change } from '@jumun/contract'

/** A change that the data platform gets. */
export type OutgoingChange = Extract<Change, { type: 'order.paid' | 'order.cancelled' }>

/** Whether a change goes to the data platform: the payment of an order, and the end of a paid one. */
export function isOutgoing(change: Change): change is OutgoingChange {
  return change.type === 'order.paid' || (change.type === 'order.cancelled' && change.data.order.paidAt !== null)
}
