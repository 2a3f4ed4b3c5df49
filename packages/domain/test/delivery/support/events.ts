import { randomUUIDv7 } from 'node:crypto'
import type { Shop } from '@jumun/test-kit/domain-shop'
import type { JobWithMetadata } from 'pg-boss'
import { afterEach } from 'vitest'
import { addToOutbox, DEAD_LETTERS, OUTBOX } from '../../../src/delivery/outbox.ts'
import type { OutgoingEvent } from '../../../src/delivery/outgoing-event.ts'

const NOW = '2026-11-23T01:02:03.456Z'

/** Builds a valid event of a paid order; `overrides` replace single fields. */
export function anEvent(overrides: Partial<OutgoingEvent> = {}): OutgoingEvent {
  const orderId = overrides.orderId ?? randomUUIDv7()
  const items = [{ productId: 1, name: '한라봉 차', unitPrice: 1_000, quantity: 2, amount: 2_000 }]
  return {
    id: randomUUIDv7(),
    type: 'order.paid',
    orderId,
    version: 1,
    occurredAt: NOW,
    order: {
      id: orderId,
      memberId: 'kim',
      status: 'PAID',
      items,
      total: 2_000,
      createdAt: NOW,
      paidAt: NOW,
      expiresAt: null,
      cancelledAt: null,
    },
    ...overrides,
  }
}

/** Builds events of different orders, in the order of their ids, which are random within a millisecond. */
export function someEvents(count: number): OutgoingEvent[] {
  return Array.from({ length: count }, () => anEvent()).sort((a, b) => a.id.localeCompare(b.id))
}

/** Builds an event of the largest possible order: 100 products whose names have 200 Korean letters. */
export function aLargeEvent(): OutgoingEvent {
  const event = anEvent()
  const [item] = event.order.items
  if (!item) throw new Error('An order has items.')
  const items = Array.from({ length: 100 }, (_, index) => ({ ...item, productId: index + 1, name: '감'.repeat(200) }))
  return { ...event, order: { ...event.order, items } }
}

type Job = JobWithMetadata<OutgoingEvent>

/** Reads and fills the outbox of a shop. */
export interface EventQueue {
  /** Commits events to the outbox, as an order does. */
  add(...events: OutgoingEvent[]): Promise<OutgoingEvent[]>
  /** The events that wait for delivery or are claimed by a relay, sorted by event id. */
  waiting(): Promise<Job[]>
  deadLetters(): Promise<Job[]>
  /** Makes waiting events due for a retry now. */
  makeDue(): Promise<void>
}

/** Provides the outbox of a shop, and empties it after each test. */
export function useEventQueue(shop: Pick<Shop, 'em' | 'outbox'>): EventQueue {
  afterEach(async () => {
    for (const queue of [OUTBOX, DEAD_LETTERS]) await shop.outbox.deleteAllJobs(queue)
  })
  return eventQueueOf(shop)
}

export function eventQueueOf(shop: Pick<Shop, 'em' | 'outbox'>): EventQueue {
  const find = async (queue: string) => {
    const jobs = await shop.outbox.findJobs<OutgoingEvent>(queue)
    return jobs.sort((a, b) => a.data.id.localeCompare(b.data.id))
  }
  return {
    async add(...events) {
      await shop.em.fork().transactional((em) => addToOutbox(em, events))
      return events
    },
    waiting: () => find(OUTBOX),
    deadLetters: () => find(DEAD_LETTERS),
    async makeDue() {
      await shop.em.execute('update pgboss.job set start_after = now() where name = ?', [OUTBOX])
    },
  }
}
