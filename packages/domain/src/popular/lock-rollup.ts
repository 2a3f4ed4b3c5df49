import type { EntityManager } from '@mikro-orm/postgresql'
import { toMs } from './sold-lines.ts'

/**
 * How far the watermark stays behind the oldest transaction, in milliseconds. A transaction takes its time a moment
 * before others can see it run, and a clock may be set back a little.
 */
const MARGIN_MS = 1_000

/** The rollup, locked: nobody else moves it until this transaction ends. Moments in milliseconds since 1970. */
export interface LockedRollup {
  watermark: number
  /** Every transaction that began before it has ended, and every later statement sees what it did. */
  safe: number
  /** Whether a transaction is running that began before the watermark: it was set too far, by a clock that was wrong. */
  overtaken: boolean
}

/**
 * Locks the rollup and finds out how far it may be moved: an order carries the time at which its transaction began, so
 * no order can turn up any more from before the oldest transaction that is running. What is to be counted up to there
 * must be read by a later statement.
 *
 * @param wait whether to wait for a process that has it locked; else undefined is returned
 * @throws where sessions hide when their transactions began, rather than overlook one
 */
export async function lockRollup(em: EntityManager, { wait }: { wait: boolean }): Promise<LockedRollup | undefined> {
  const [row] = await em.execute<{ watermark: number; oldest: number; hidden: number }[]>(
    `select ${toMs('watermark')} as watermark, ${toMs('oldest')} as oldest, hidden
      from popular_state cross join (${runningTransactions}) running
      for update of popular_state ${wait ? '' : 'skip locked'}`,
  )
  if (!row) return undefined
  const { watermark, oldest, hidden } = row
  if (hidden > 0) {
    throw new Error(
      `${hidden} database sessions hide when their transactions began, so popular products cannot be rolled up: ` +
        'grant pg_read_all_stats to this role and leave track_activities on.',
    )
  }
  return { watermark, safe: oldest - MARGIN_MS, overtaken: oldest < watermark }
}

/**
 * Our own transaction is among them, so there always is an oldest. Left out are those that write no orders and may run
 * for hours: backups, replication, and the server's own work, which no user runs.
 */
const runningTransactions = `
  select min(xact_start) as oldest,
    count(*) filter (where state = 'disabled' or query = '<insufficient privilege>')::int as hidden
  from pg_stat_activity
  where datname = current_database() and usesysid is not null
    and backend_type is distinct from 'walsender' and application_name <> 'pg_dump'`
