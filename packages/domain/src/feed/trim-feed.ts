import type { EntityManager } from '@mikro-orm/postgresql'
import { type Loop, startPolling } from '../background/loop.ts'
import { SLOTS, slotOf } from './change-record.entity.ts'

const INTERVAL_MS = 10 * 60_000
/** Not at once, because a process that starts has more urgent work. */
const FIRST_AFTER_MS = 5_000
/** A little more than the promised seven days, because a row has the time at which its transaction began. */
const ROWS_KEPT = '7 days 1 hour'
const TICKS_KEPT = '7 days'
/** Short, because readers of the feed wait behind this statement while it waits. */
const LOCK_TIMEOUT_MS = 50

/**
 * Empties the partitions of the days that are no longer kept, as far as the data platform has their events, and deletes their ticks. A
 * partition that is not empty when its day comes again is only emptied later.
 */
export async function trimFeed(em: EntityManager): Promise<void> {
  await em.fork().execute(
    // The newest tick that is too old stays, because the next tick's changes begin at its snapshot. Both look-ups stop at the first row.
    `delete from feed_tick where number < (select min(tick) from feed_consumer)
        and number < coalesce((select number from feed_tick where at >= now() - interval '${TICKS_KEPT}' order by number limit 1),
            (select max(number) + 1 from feed_tick)) - 1`,
  )
  const [today] = await em
    .fork()
    .execute<[{ now: number; soon: number }]>(
      `select ${slotOf('now()')}::int as now, ${slotOf(`(now() + interval '1 hour')`)}::int as soon`,
    )
  for (let slot = 0; slot < SLOTS; slot++) if (slot !== today.now && slot !== today.soon) await emptySlot(em, slot)
}

async function emptySlot(em: EntityManager, slot: number): Promise<void> {
  const table = `change_${slot}`
  await em.fork().transactional(async (em) => {
    // The row with the highest id is the newest one, give or take the duration of a transaction.
    const newest = `select at from ${table} where slot = ${slot} order by id desc limit 1`
    const [state] = await em.execute<[{ old: boolean | null }]>(
      `select (${newest}) < now() - interval '${ROWS_KEPT}'
          and not exists (
            select from feed_consumer join feed_tick on number = tick cross join lateral (
              select from ${table} where xid >= pg_snapshot_xmax(snapshot)
              union all
              select from pg_snapshot_xip(snapshot) running join ${table} on xid = running
            ) undelivered
          ) as old`,
    )
    if (!state.old) return
    await em.execute(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`)
    await em.execute(`truncate ${table}`)
  })
}

/** Starts the loop that trims the feed every ten minutes. */
export function startTrimmingFeed(em: EntityManager, onError: (error: unknown) => void): Loop {
  const runOnce = async () => {
    await trimFeed(em)
    return false
  }
  return startPolling({ runOnce, intervalMs: INTERVAL_MS, firstAfterMs: FIRST_AFTER_MS, onError })
}
