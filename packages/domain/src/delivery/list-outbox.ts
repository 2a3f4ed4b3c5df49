import type { ListOutboxInput, OutboxEvent, Page } from '@jumun/contract'
import type { EntityManager } from '@mikro-orm/postgresql'
import { z } from 'zod'
import { readCursor, toPage } from '../page.ts'
import { eventsAfterCursor } from './delivery-cursor.ts'

const FIELDS = `event->>'type' as type, event->'data'->'order'->>'id' as order_id, (event->'data'->>'version')::int as version`

/** The dead letters; and the events that wait: those that are retried, and those after the cursor. */
const QUEUES = {
  dead: `select id, since, attempts, reason, ${FIELDS} from undelivered_event where due_at is null`,
  waiting: `select id, since, attempts, reason, ${FIELDS} from undelivered_event where due_at is not null
    union all
    select (event->>'id')::uuid, at, attempts, reason, ${FIELDS} from ${eventsAfterCursor} unsent`,
}

/** The time at which an event entered its queue, to the microsecond, and its id there. PostgreSQL has no year 0. */
const outboxCursor = z.tuple([z.iso.datetime().regex(/^(?!0000)/), z.guid()])

const START = ['0001-01-01T00:00:00Z', '00000000-0000-0000-0000-000000000000'] as const

interface Row extends Omit<OutboxEvent, 'state'> {
  key: string
}

/** A page of the events that wait for delivery, or of the dead letters, the oldest first. */
export async function listOutbox(em: EntityManager, input: ListOutboxInput): Promise<Page<OutboxEvent>> {
  const { state, limit } = input
  const [since, id] = readCursor(input.cursor, outboxCursor) ?? START
  const rows = await em.fork().execute<Row[]>(
    `select id, id as "eventId", type, order_id as "orderId", version, attempts, reason,
            to_char(since at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as since,
            to_char(since at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as key
       from (${QUEUES[state]}) queue
      where (queue.since, id) > (?::timestamptz, ?::uuid)
      order by queue.since, id
      limit ?`,
    [since, id, limit + 1],
  )
  const { items, nextCursor } = toPage(rows, limit, ({ key, id }) => [key, id])
  return { items: items.map(({ key: _, ...event }) => ({ ...event, state })), nextCursor }
}
