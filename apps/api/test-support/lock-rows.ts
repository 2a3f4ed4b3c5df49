import { openDatabase } from '@jumun/domain'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { expect, onTestFinished, vi } from 'vitest'

const BLOCKED_TIMEOUT_MS = 10_000

/** Rows that a transaction of another session has locked. */
export interface RowLock {
  /** Waits until at least this many sessions of the database wait for a lock. */
  untilBlocked(sessions?: number): Promise<void>
  /** Ends the transaction. This happens at the end of the test at the latest. */
  release(): Promise<void>
}

/** Locks rows in a transaction of its own, which then stays idle. */
export async function lockRows(
  { databaseUrl }: { databaseUrl: string },
  table: string,
  column: string,
  values: (string | number)[],
): Promise<RowLock> {
  const orm = await openDatabase({ url: databaseUrl, poolSize: 2 })
  const em = orm.em.fork()
  const release = async () => {
    if (em.isInTransaction()) await em.rollback()
    await orm.close(true)
  }
  onTestFinished(release)
  // On a machine that is busy with the test's own orders, connecting may take longer than an API waits for it.
  await vi.waitFor(() => em.begin(), { timeout: scaleByLoad(BLOCKED_TIMEOUT_MS), interval: 100 })
  await em.execute(`select 1 from ${table} where ${column} in (?) for update`, [values])
  return { release, untilBlocked: (sessions = 1) => untilBlocked(orm.em.fork(), sessions) }
}

async function untilBlocked(em: Awaited<ReturnType<typeof openDatabase>>['em'], sessions: number): Promise<void> {
  const isBlocked = async () => {
    const [row] = await em.execute<[{ blocked: number }]>(
      `select count(*)::int as blocked from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`,
    )
    expect(row.blocked).toBeGreaterThanOrEqual(sessions)
  }
  await vi.waitFor(isBlocked, { timeout: scaleByLoad(BLOCKED_TIMEOUT_MS), interval: 20 })
}
