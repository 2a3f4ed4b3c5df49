import type { ListOutboxInput, OutboxEvent, Page } from '@jumun/contract'
import type { EntityManager } from '@mikro-orm/postgresql'
import { z } from 'zod'
import { readCursor, toPage } from '../page.ts'
import { DEAD_LETTERS, OUTBOX } from './outbox.ts'

const QUEUES = { waiting: OUTBOX, dead: DEAD_LETTERS }

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
    `select id, data->>'id' as "eventId", data->>'type' as type, data->>'orderId' as "orderId",
            (data->>'version')::int as version, coalesce((data->>'attempts')::int, retry_count) as attempts,
            coalesce(data->>'rejection', output->>'reason') as reason,
            to_char(created_on at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as since,
            to_char(created_on at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as key
       from pgboss.job
      where name = ? and state < 'completed' and (created_on, id) > (?::timestamptz, ?::uuid)
      order by created_on, id
      limit ?`,
    [QUEUES[state], since, id, limit + 1],
  )
  const { items, nextCursor } = toPage(rows, limit, ({ key, id }) => [key, id])
  return { items: items.map(({ key: _, ...event }) => ({ ...event, state })), nextCursor }
}
