import type { EntityManager } from '@mikro-orm/postgresql'
import { CURRENT_SESSION_NAME, SESSION_PREFIX } from '../database/schema.ts'
import { toMs } from '../database/to-ms.ts'

/**
 * How far the watermark stays behind the oldest transaction. A transaction takes its time slightly before other sessions can
 * see it, and a clock may be set back a little.
 */
const MARGIN_MS = 1_000

/** The rollup, locked until this transaction ends. Times are in milliseconds since 1970. */
export interface LockedRollup {
  watermark: number
  /** Every transaction that began before this time has ended, and later statements see its effects. */
  safe: number
  /** Whether a running transaction began before the watermark, which then was set too far by a wrong clock. */
  overtaken: boolean
}

/**
 * Locks the rollup and finds out how far it may advance. An order carries the time at which its transaction began, so no new
 * order can appear from before the oldest running transaction. Read the sales up to that time in a later statement.
 *
 * @param wait whether to wait while another process holds the lock; if false, returns undefined
 * @throws when this role cannot see the start of every transaction
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
 * Includes this transaction, so `oldest` is never null. Excludes sessions that write no orders and may run for hours: backups,
 * replication, and the server's own processes, which have no user. Excludes those that say that they work for another shop in this database;
 * one with an unknown name may write orders here.
 */
const runningTransactions = `
  select min(xact_start) as oldest,
    count(*) filter (where state = 'disabled' or query = '<insufficient privilege>')::int as hidden
  from pg_stat_activity
  where datname = current_database() and usesysid is not null
    and backend_type is distinct from 'walsender' and application_name <> 'pg_dump'
    and (not starts_with(application_name, '${SESSION_PREFIX}')
      or application_name = ${CURRENT_SESSION_NAME})`
