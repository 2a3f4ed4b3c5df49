import { randomUUIDv7 } from 'node:crypto'
import type { Shop } from '@jumun/test-kit/domain-shop'
import { afterEach } from 'vitest'
import { eventsAfterCursor } from '../../../src/delivery/delivery-cursor.ts'
import { type OutgoingEvent, toEvent } from '../../../src/delivery/outgoing-event.ts'
import { advanceFeed } from '../../../src/feed/advance-feed.ts'
import type { OutgoingChange } from '../../../src/feed/outgoing-change.ts'

/** An order that a test has the platform reject. */
export const BAD = '019310a4-6f00-7000-8000-0000000000ba'

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
      status: overrides.type === 'order.cancelled' ? 'CANCELLED' : 'PAID',
      items,
      total: 2_000,
      createdAt: NOW,
      paidAt: NOW,
      expiresAt: null,
      cancelledAt: overrides.type === 'order.cancelled' ? NOW : null,
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

/** An event that was not delivered. */
interface Queued {
  id: string
  data: OutgoingEvent
  /** `active`: a relay has the lease under which it sends. `retry`: kept to be sent again by itself. `created`: neither. */
  state: 'created' | 'active' | 'retry'
  attempts: number
  rejections: number
  reason: string | null
  /** In milliseconds since 1970. */
  dueAt: number | null
}

/** Reads and fills the outbox of a shop. */
export interface EventQueue {
  /** Commits events to the feed, as an order does. */
  add(...events: OutgoingEvent[]): Promise<OutgoingEvent[]>
  /** The events that wait for delivery, sorted by event id. */
  waiting(): Promise<Queued[]>
  deadLetters(): Promise<Queued[]>
  /** Adds dead letters. */
  addDead(...events: OutgoingEvent[]): Promise<void>
  /** Makes waiting events due for a retry now. */
  makeDue(): Promise<void>
}

/** Provides the outbox of a shop, and empties it after each test. */
export function useEventQueue(shop: Pick<Shop, 'em'>): EventQueue {
  afterEach(async () => {
    await advanceFeed(shop.em.fork())
    await shop.em.execute('delete from undelivered_event')
    await shop.em.execute(
      `update feed_consumer set tick = (select max(number) from feed_tick), change_id = 0, done = 0, attempts = 0, reason = null,
          leased_until = '-infinity'`,
    )
  })
  return eventQueueOf(shop)
}

export function eventQueueOf(shop: Pick<Shop, 'em'>): EventQueue {
  const read = (rows: Row[]) =>
    rows.map(({ event, ...row }): Queued => ({ ...row, id: event.id, data: toEvent(event) })).sort(byId)
  const toChange = ({ id, type, version, occurredAt, order }: OutgoingEvent): OutgoingChange => {
    return { id, type, at: occurredAt, actor: null, data: { order, version } }
  }
  return {
    async add(...events) {
      const changes = events.map(toChange)
      await shop.em.execute('insert into change (events, outgoing) values (?::json, ?)', [
        JSON.stringify(changes),
        changes.length,
      ])
      return events
    },
    async waiting() {
      return read(
        await shop.em.execute<Row[]>(
          `select event, 'retry' as state, attempts, rejections, reason, extract(epoch from due_at)::float8 * 1000 as "dueAt" from undelivered_event where due_at is not null
            union all select event, case when leased then 'active' else 'created' end, attempts, 0, reason, null
              from ${eventsAfterCursor} unsent`,
        ),
      )
    },
    async deadLetters() {
      return read(
        await shop.em.execute<Row[]>(
          `select event, 'created' as state, attempts, rejections, reason, extract(epoch from due_at)::float8 * 1000 as "dueAt"
             from undelivered_event where due_at is null`,
        ),
      )
    },
    async addDead(...events) {
      await shop.em.execute(
        `insert into undelivered_event (id, event, order_id, version, attempts, rejections, reason, due_at)
          select (event->>'id')::uuid, event, (event->'data'->'order'->>'id')::uuid, (event->'data'->>'version')::int, 20, 20, 'No.', null
            from json_array_elements(?::json) event`,
        [JSON.stringify(events.map(toChange))],
      )
    },
    async makeDue() {
      await shop.em.execute('update undelivered_event set due_at = now() where due_at is not null')
    },
  }
}

type Row = Omit<Queued, 'id' | 'data'> & { event: OutgoingChange }

const byId = (a: Queued, b: Queued) => a.id.localeCompare(b.id)
