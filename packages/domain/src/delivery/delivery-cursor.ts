import type { EntityManager } from '@mikro-orm/postgresql'
import { runStatement } from '../database/statement.ts'
import type { Position } from '../feed/read-changes.ts'

/** The name of the feed consumer that delivers to the data platform. Its `done` counts only events for the platform. */
export const CONSUMER = 'data-platform'

/** Longer than a running relay needs for a batch: 5 s for the platform, and the rest to move the cursor. */
const LEASE_SECONDS = 10

/**
 * Acquires or extends the lease of the cursor if there may be something to deliver, so that one relay at a time sends.
 *
 * @param owner id of the relay
 * @returns the position of the cursor; undefined if there is nothing to deliver, or another relay has the lease
 */
export async function acquireLease(em: EntityManager, owner: string): Promise<Position | undefined> {
  const [position] = await runStatement<Position>(
    em,
    `update feed_consumer set owner = $1::uuid, leased_until = now() + interval '${LEASE_SECONDS} seconds'
      where name = '${CONSUMER}' and (owner = $1::uuid or leased_until < now())
        and (exists (select from feed_tick where number > tick) or exists (select from undelivered_event where due_at <= now()))
      returning tick::float8 as tick, change_id::float8 as "changeId", done`,
    [owner],
  )
  return position
}

/**
 * Moves the cursor. Call it in the transaction that settles the events of the batch.
 *
 * @param reason why the events after the new position could not be delivered; null if no outage is known
 * @returns false if another relay has taken the lease since the claim. That relay sends the same events again
 */
export async function moveCursor(
  em: EntityManager,
  owner: string,
  { position, reason }: { position: Position; reason: string | null },
): Promise<boolean> {
  const moved = await runStatement(
    em,
    `update feed_consumer
        set attempts = case when $5::text is null then 0 else attempts + 1 end, reason = $5::text,
            tick = $2::int8, change_id = $3::int8, done = $4::int,
            leased_until = case when $5::text is null then leased_until else '-infinity' end
      where name = '${CONSUMER}' and owner = $1::uuid
      returning 1`,
    [owner, position.tick, position.changeId, position.done, reason],
  )
  return moved.length > 0
}

/** Gives the lease up, so that another relay need not wait until it expires. */
export async function releaseLease(em: EntityManager, owner: string): Promise<void> {
  const release = `update feed_consumer set leased_until = '-infinity' where name = '${CONSUMER}' and owner = ?`
  await em.fork().execute(release, [owner])
}

/**
 * The rows after the cursor that have events for the data platform, for a FROM clause: `id`, `at`, `events`, and `skip`, how many of the
 * outgoing events of the row are done.
 */
export const rowsAfterCursor = `(
  select change.id, change.at, change.events, consumer.attempts, consumer.reason, consumer.leased_until > now() as leased,
      change.outgoing - case when change.id = change_id then done else 0 end as outgoing,
      case when change.id = change_id then done else 0 end as skip
    from feed_consumer consumer
    join feed_tick tick on tick.number = consumer.tick
    left join feed_tick next on next.number = consumer.tick + 1
    cross join lateral (
      select * from change where xid >= pg_snapshot_xmax(tick.snapshot)
      union all
      select change.* from pg_snapshot_xip(tick.snapshot) running join change on xid = running
    ) change
   where consumer.name = '${CONSUMER}' and outgoing > 0
     and (next.number is null or change.id >= change_id or not pg_visible_in_snapshot(xid, next.snapshot))
)`

/** The events of the rows of `rowsAfterCursor`, each with its number among the outgoing events of its row. */
export const eventsOf = (rows: string) => `(
  select row.id as row_id, row.at, row.attempts, row.reason, row.leased, event, number
    from ${rows} row
    cross join lateral (
      select event, row_number() over (order by ordinality) as number
        from json_array_elements(row.events) with ordinality as every (event, ordinality)
       where event->>'type' = 'order.paid' or event->>'type' = 'order.cancelled' and event->'data'->'order'->>'paidAt' is not null
    ) outgoing
   where number > row.skip
)`

/** All events after the cursor. */
export const eventsAfterCursor = eventsOf(rowsAfterCursor)
