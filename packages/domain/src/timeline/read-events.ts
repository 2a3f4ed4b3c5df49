import type { OrderView, TimelineEvent } from '@jumun/contract'
import { uuid } from '@jumun/contract'
import type { EntityManager } from '@mikro-orm/postgresql'
import { toMs } from '../database/to-ms.ts'
import { eventsOf, rowsAfterCursor } from '../delivery/delivery-cursor.ts'
import type { DeliveredOrder } from '../delivery/read-delivered.ts'

/** An event of the order that the platform has not accepted. */
interface Queued {
  id: string
  type: TimelineEvent['type']
  version: number
  attempts: number
  reason: string | null
  dead: boolean
  dueMs: number | null
}

export interface EventsOptions {
  order: OrderView
  version: number
  /** What the platform has; null if it did not answer. */
  delivered: DeliveredOrder | null
}

/**
 * The events of an order for the data platform, by version. The order itself tells which events exist. An event is delivered if it is
 * neither after the delivery cursor nor kept as a retry or dead letter.
 */
export async function readEvents(
  em: EntityManager,
  { order, version, delivered }: EventsOptions,
): Promise<TimelineEvent[]> {
  const queued = await readQueued(em, order)
  const isQueued = (event: Pick<Queued, 'type' | 'version'>) =>
    queued.some(({ type, version }) => type === event.type && version === event.version)
  return [
    ...eventsToExpect(order, version)
      .filter((event) => !isQueued(event))
      .map((event) => ({ ...event, id: idOf(event, delivered), ...DELIVERED })),
    ...queued.map(toTimelineEvent),
  ].sort((a, b) => a.version - b.version)
}

const DELIVERED = { state: 'delivered', attempts: null, nextAttemptAt: null, reason: null } as const

/** The payment of an order and a later cancellation are events, each with its own version. The last one has the version of the order. */
function eventsToExpect({ paidAt, cancelledAt }: OrderView, version: number): Pick<Queued, 'type' | 'version'>[] {
  if (paidAt === null) return []
  if (cancelledAt === null) return [{ type: 'order.paid', version }]
  return [
    { type: 'order.paid', version: version - 1 },
    { type: 'order.cancelled', version },
  ]
}

/** Reads every undelivered event in one statement, and so in one snapshot, because an event may just move from the feed to the retries. */
async function readQueued(em: EntityManager, { id }: OrderView): Promise<Queued[]> {
  // The text is searched first, because reading the JSON of every event that waits costs ten times as much.
  const rows = `(select * from ${rowsAfterCursor} every where strpos(events::text, ?) > 0)`
  return em.fork().execute<Queued[]>(
    `select id, event->>'type' as type, version, attempts, reason, due_at is null as dead,
            ${toMs('due_at')} as "dueMs"
       from undelivered_event where order_id = ?
     union all
     select (event->>'id')::uuid, event->>'type', (event->'data'->>'version')::int, attempts, reason, false, null
       from ${eventsOf(rows)} unsent where event->'data'->'order'->>'id' = ?`,
    [id, id, id],
  )
}

function toTimelineEvent({ id, type, version, attempts, reason, dead, dueMs }: Queued): TimelineEvent {
  const nextAttemptAt = dueMs === null ? null : new Date(dueMs).toISOString()
  return { id, type, version, state: dead ? 'dead' : 'waiting', attempts, nextAttemptAt, reason }
}

/** The id of a delivered event. The platform may have events of other systems, whose ids can be anything. */
function idOf(event: Pick<Queued, 'type' | 'version'>, delivered: DeliveredOrder | null): string | null {
  const known = delivered?.events.find(({ type, version }) => type === event.type && version === event.version)
  return uuid.safeParse(known?.id).data ?? null
}
