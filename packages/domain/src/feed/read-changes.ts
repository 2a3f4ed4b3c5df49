import type { Change } from '@jumun/contract'
import type { EntityManager } from '@mikro-orm/postgresql'
import type { Traced } from './outgoing-change.ts'

/** A place in the feed. Done are all ticks up to `tick`; of the next tick, the rows before `changeId`; and `done` events of that row. */
export interface Position {
  tick: number
  changeId: number
  done: number
}

/** The changes of one transaction. */
export interface ChangeRow {
  /** The tick to which it belongs, and the random tag of that tick. */
  tick: number
  tag: number
  id: number
  events: Traced<Change>[]
}

/** Rows of the feed, in its order. */
export interface ChangeRows {
  rows: ChangeRow[]
  /** The last tick of the range that was read, and its tag. */
  last: { tick: number; tag: number; epoch: number }
  /** Whether the range may have more rows. */
  cut: boolean
}

/** How many ticks one statement reads: at most ten are made a second. */
const TICKS_A_READ = 1_000

/**
 * The rows of a tick are those that its snapshot sees and the snapshot of the tick before does not, as in PgQ (https://github.com/pgq/pgq).
 * Their transactions have later ids than the earlier snapshot, or were running at its time. The index on transaction ids finds both kinds,
 * but only in separate queries. Long-running transactions do not slow it down.
 */
const ROWS_OF_TICK = `
  select id, events from (
    select id, xid, events, outgoing from change
     where xid >= pg_snapshot_xmax(before.snapshot) and xid < pg_snapshot_xmax(tick.snapshot)
    union all
    select id, xid, events, outgoing from pg_snapshot_xip(before.snapshot) running join change on xid = running
  ) since
   where pg_visible_in_snapshot(xid, tick.snapshot)`

/**
 * Reads rows after a position, which must be of this feed: tick by tick, and by id within a tick. No row that a position has passed can
 * appear before it later.
 *
 * @param limit the most rows
 * @param outgoing only rows with events for the data platform
 *
 * @returns undefined if the tick of the position is no longer kept, so that rows may be missing
 */
export async function readChanges(
  em: EntityManager,
  { tick, changeId }: Position,
  { limit, outgoing = false }: { limit: number; outgoing?: boolean },
): Promise<ChangeRows | undefined> {
  const found = await em.execute<
    (Partial<ChangeRow> & { last: number; lastTag: number; epoch: number; expired: boolean })[]
  >(
    `with range as (
      select number as last, tag, epoch, not exists (select from feed_tick where number = ?::bigint) as expired
        from feed_tick where number <= ?::bigint + ${TICKS_A_READ} order by number desc limit 1
    )
    select range.last::float8 as last, range.tag as "lastTag", range.epoch, range.expired, c.tick::float8 as tick, c.tag, c.id::float8 as id, c.events
      from range left join lateral (
        select tick.number as tick, tick.tag, r.* from feed_tick before
          join feed_tick tick on tick.number = before.number + 1
          cross join lateral (${ROWS_OF_TICK} ${outgoing ? 'and outgoing > 0' : ''}) r
         where before.number >= ?::bigint and before.number < range.last and (before.number > ?::bigint or r.id >= ?::bigint)
         order by before.number, r.id
         limit ?
      ) c on true`,
    [tick, tick, tick, tick, changeId, limit],
  )
  const [first] = found
  if (!first || first.expired) return undefined
  const rows = found.filter((row) => row.id !== undefined && row.id !== null) as ChangeRow[]
  return {
    rows: rows.map(({ tick, tag, id, events }) => ({ tick, tag, id, events })),
    last: { tick: first.last, tag: first.lastTag, epoch: first.epoch },
    cut: rows.length === limit,
  }
}
