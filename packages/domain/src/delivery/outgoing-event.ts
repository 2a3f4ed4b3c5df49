import { randomUUIDv7 } from 'node:crypto'
import type { OrderView } from '@jumun/contract'
import type { OutgoingChange } from '../feed/outgoing-change.ts'

/** An event for the data platform. */
export interface OutgoingEvent {
  /** A UUID, the same through every retry and replay, by which the platform recognises duplicates. */
  id: string
  type: OutgoingChange['type']
  orderId: string
  /** Grows with each change of the order, so that a late event cannot overwrite a newer one. */
  version: number
  /** ISO 8601, UTC. */
  occurredAt: string
  order: OrderView
}

/** The event that tells the data platform of a change. */
export function toEvent({ id, type, at, data: { order, version } }: OutgoingChange): OutgoingEvent {
  return { id, type, orderId: order.id, version, occurredAt: at, order }
}

/** A new change that tells the data platform the current state of a paid order, or of one that was cancelled after its payment. */
export function currentState(order: OrderView, version: number): OutgoingChange {
  const { cancelledAt, paidAt, createdAt } = order
  return {
    id: randomUUIDv7(),
    type: cancelledAt === null ? 'order.paid' : 'order.cancelled',
    at: cancelledAt ?? paidAt ?? createdAt,
    actor: null,
    data: { order, version },
  }
}
