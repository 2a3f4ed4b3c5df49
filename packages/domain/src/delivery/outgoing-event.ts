import { randomUUIDv7 } from 'node:crypto'
import type { OrderView } from '@jumun/contract'

/** An event for the data platform. */
export interface OutgoingEvent {
  /** A UUID, the same through every retry and replay, by which the platform recognises duplicates. */
  id: string
  type: 'order.paid' | 'order.cancelled'
  orderId: string
  /** Grows with each change of the order, so that a late event cannot overwrite a newer one. */
  version: number
  /** ISO 8601, UTC. */
  occurredAt: string
  order: OrderView
}

/** Builds a new event that reports the current state of a paid order, or of one that was cancelled after its payment. */
export function buildEvent(order: OrderView, version: number): OutgoingEvent {
  const { id: orderId, cancelledAt, paidAt, createdAt } = order
  return {
    id: randomUUIDv7(),
    type: cancelledAt === null ? 'order.paid' : 'order.cancelled',
    orderId,
    version,
    occurredAt: cancelledAt ?? paidAt ?? createdAt,
    order,
  }
}
