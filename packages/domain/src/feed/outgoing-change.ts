import type { Change } from '@jumun/contract'

/** A change with the W3C trace context of the call that made it. Only the relay reads it; without tracing there is none. */
export type Traced<Of> = Of & { traceparent?: string }

/** A change that the data platform gets. */
export type OutgoingChange = Traced<Extract<Change, { type: 'order.paid' | 'order.cancelled' }>>

/** Whether a change goes to the data platform: the payment of an order, and the end of a paid one. */
export function isOutgoing(change: Change): change is OutgoingChange {
  return change.type === 'order.paid' || (change.type === 'order.cancelled' && change.data.order.paidAt !== null)
}
