import type { EntityManager } from '@mikro-orm/postgresql'
import { PREPARED_STATEMENT_LOST } from './statement.ts'

const MAX_ATTEMPTS = 4

/** Below this, the extra round trip costs more than it saves. */
const SHORTEN_FROM_MS = 250

const DEADLOCK_DETECTED = '40P01'
const SERIALIZATION_FAILURE = '40001'
const UNIQUE_VIOLATION = '23505'

/** What to call after the commit of each transaction that `inTransaction` runs. */
const commitHooks = new WeakMap<EntityManager, Set<() => void>>()

/**
 * Runs a unit of work in one transaction, on a fresh fork, so that the first read of a row can be the one that locks it.
 * Runs it again after a deadlock, a serialization failure or the loss of a prepared statement, and after another transaction wrote the same idempotency key
 * first: the next attempt then finds its record. At most four attempts.
 */
export async function inTransaction<Result>(
  em: EntityManager,
  work: (em: EntityManager) => Promise<Result>,
): Promise<Result> {
  const since = performance.now()
  for (let attempt = 1; ; attempt++) {
    const hooks = new Set<() => void>()
    try {
      const result = await em.fork().transactional(async (em) => {
        commitHooks.set(em, hooks)
        await shortenLockWaits(em, performance.now() - since)
        return work(em)
      })
      for (const hook of hooks) hook()
      return result
    } catch (error) {
      if (attempt === MAX_ATTEMPTS || !isWorthAnotherAttempt(error)) throw error
    }
  }
}

/**
 * Calls `hook` once after the transaction of `em` has committed, and never if it is rolled back. The hook must not throw.
 * Transactions that `inTransaction` did not start have no hooks: there it does nothing.
 */
export function afterCommit(em: EntityManager, hook: () => void): void {
  commitHooks.get(em)?.add(hook)
}

/** Subtracts the time spent on a connection and on earlier attempts from the lock timeout, so that the sum stays bounded. */
async function shortenLockWaits(em: EntityManager, waitedMs: number): Promise<void> {
  if (waitedMs < SHORTEN_FROM_MS) return
  await em.execute(
    `select set_config('lock_timeout', greatest(1, setting::int - ?)::text, true)
       from pg_settings where name = 'lock_timeout' and setting <> '0'`,
    [Math.round(waitedMs)],
  )
}

function isWorthAnotherAttempt(error: unknown): boolean {
  const { code = '', constraint } = error as { code?: string; constraint?: string }
  if (code === UNIQUE_VIOLATION) return constraint === 'idempotency_record_pkey'
  return [DEADLOCK_DETECTED, SERIALIZATION_FAILURE, ...PREPARED_STATEMENT_LOST].includes(code)
}

/** When this transaction began, by the database's clock, which all processes share. */
export async function transactionTime(em: EntityManager): Promise<Date> {
  const [row] = await em.execute<[{ ms: number }]>('select floor(extract(epoch from now()) * 1000)::float8 as ms')
  return new Date(row.ms)
}
