import type { ListOutboxInput, OutboxEvent, Page } from '@jumun/contract'
import type { EntityManager } from '@mikro-orm/postgresql'
import { z } from 'zod'
import { readCursor, toPage } from '../page.ts'
import { eventsOf, rowsAfterCursor } from './delivery-cursor.ts'

/** Since when an event has waited, to the microsecond, and its id. PostgreSQL has no year 0. */
const keptCursor = z.tuple([z.iso.datetime().regex(/^(?!0000)/), z.guid()])
/** The row of the feed, and the number of the event among the outgoing ones of it. */
const unsentCursor = z.tuple([z.int(), z.int()])

const START = ['0001-01-01T00:00:00Z', '00000000-0000-0000-0000-000000000000'] as const

interface Row extends Omit<OutboxEvent, 'state' | 'eventId'> {
  key: unknown
}

const FIELDS = `event->>'type' as type, event->'data'->'order'->>'id' as "orderId", (event->'data'->>'version')::int as version,
  attempts, reason`
const time = (column: string, digits: 'MS' | 'US') =>
  `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.${digits}"Z"')`

/**
 * A page of the events that wait for delivery, or of the dead letters, the oldest first. Among those that wait, those that are retried come
 * before those that were not sent yet.
 */
export async function listOutbox(em: EntityManager, input: ListOutboxInput): Promise<Page<OutboxEvent>> {
  const { state, limit, reason, orderId } = input
  const only = { reason, orderId }
  const after = readCursor(input.cursor, state === 'dead' ? keptCursor : keptCursor.or(unsentCursor)) ?? START
  const kept = typeof after[0] === 'string' ? await readKept(em, state, { after, limit: limit + 1, ...only }) : []
  const position = typeof after[0] === 'string' ? [0, 0] : after
  const missing = limit + 1 - kept.length
  const unsent =
    state === 'waiting' && missing > 0 ? await readUnsent(em, { after: position, limit: missing, ...only }) : []
  const { items, nextCursor } = toPage([...kept, ...unsent], limit, ({ key }) => key)
  return { items: items.map(({ key: _, ...event }) => ({ ...event, eventId: event.id, state })), nextCursor }
}

interface Range extends Pick<ListOutboxInput, 'reason' | 'orderId'> {
  after: readonly unknown[]
  limit: number
}

async function readKept(em: EntityManager, state: OutboxEvent['state'], range: Range): Promise<Row[]> {
  const { after, limit, reason, orderId } = range
  return em.fork().execute<Row[]>(
    `select id, ${FIELDS}, ${time('since', 'MS')} as since, json_build_array(${time('since', 'US')}, id) as key
       from undelivered_event
      where due_at is ${state === 'dead' ? '' : 'not'} null and (undelivered_event.since, id) > (?::timestamptz, ?::uuid)
        ${reason === undefined ? '' : 'and reason = ?'} ${orderId === undefined ? '' : 'and order_id = ?'}
      order by undelivered_event.since, id
      limit ?`,
    [...after, ...given(reason), ...given(orderId), limit],
  )
}

/** Limits the rows before it reads their events. Each row has at least one event, though perhaps none of the requested order. */
async function readUnsent(em: EntityManager, range: Range): Promise<Row[]> {
  const {
    after: [row, number],
    limit,
    reason,
    orderId,
  } = range
  const rows = `(
    select * from ${rowsAfterCursor} every
     where id >= ?::bigint ${reason === undefined ? '' : 'and reason = ?'} ${orderId === undefined ? '' : 'and strpos(events::text, ?) > 0'}
     order by id limit ?)`
  return em.fork().execute<Row[]>(
    `select event->>'id' as id, ${FIELDS}, ${time('at', 'MS')} as since, json_build_array(row_id, number) as key
       from ${eventsOf(rows)} unsent
      where (row_id, number) > (?::bigint, ?::bigint) ${orderId === undefined ? '' : `and event->'data'->'order'->>'id' = ?`}
      order by row_id, number
      limit ?`,
    [
      ...[row, ...given(reason), ...given(orderId), orderId === undefined ? limit + 1 : null],
      ...[row, number, ...given(orderId), limit],
    ],
  )
}

function given(value: string | undefined): string[] {
  return value === undefined ? [] : [value]
}
