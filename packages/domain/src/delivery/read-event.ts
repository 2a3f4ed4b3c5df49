import type { OutboxEventDetails } from '@jumun/contract'
import type { EntityManager } from '@mikro-orm/postgresql'
import { toMs } from '../database/to-ms.ts'
import { DomainError } from '../errors.ts'
import type { OutgoingChange } from '../feed/outgoing-change.ts'
import { eventsOf, rowsAfterCursor } from './delivery-cursor.ts'
import { toEvent } from './outgoing-event.ts'

interface Row {
  event: OutgoingChange
  attempts: number
  reason: string | null
  dead: boolean
  sinceMs: number
  dueMs: number | null
}

/** An event that waits for delivery or is a dead letter, with what is sent for it. Throws `EVENT_NOT_FOUND`. */
export async function readEvent(em: EntityManager, eventId: string): Promise<OutboxEventDetails> {
  // The text is searched first, because reading the JSON of every event that waits costs ten times as much.
  const rows = `(select * from ${rowsAfterCursor} every where strpos(events::text, ?) > 0)`
  const [row] = await em.fork().execute<Row[]>(
    `select event, attempts, reason, due_at is null as dead, ${toMs('since')} as "sinceMs", ${toMs('due_at')} as "dueMs"
       from undelivered_event where id = ?
     union all
     select event, attempts, reason, false, ${toMs('at')}, null from ${eventsOf(rows)} unsent where event->>'id' = ?
     limit 1`,
    [eventId, eventId, eventId],
  )
  if (!row) throw new DomainError('EVENT_NOT_FOUND', `There is no event ${eventId} in the outbox.`, { eventId })
  const { event, attempts, reason, dead, sinceMs, dueMs } = row
  const payload = toEvent(event)
  const { id, type, orderId, version } = payload
  return {
    ...{ id, eventId: id, state: dead ? 'dead' : 'waiting', type, orderId, version, attempts, reason },
    since: new Date(sinceMs).toISOString(),
    nextAttemptAt: dueMs === null ? null : new Date(dueMs).toISOString(),
    payload,
  }
}
