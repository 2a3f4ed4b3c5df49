import type { EntityManager } from '@mikro-orm/postgresql'
import { PREPARED_STATEMENT_LOST, sendStatement } from './statement.ts'
import { toMs } from './to-ms.ts'

const MAX_ATTEMPTS = 4

/** The lock timeout is shortened only after a wait of this length: for a shorter one, the extra round trip costs more than it saves. */
const SHORTEN_FROM_MS = 250

const DEADLOCK_DETECTED = '40P01'
const SERIALIZATION_FAILURE = '40001'
const UNIQUE_VIOLATION = '23505'

/** The functions to call after the commit of each transaction that `inTransaction` runs. */
const commitHooks = new WeakMap<EntityManager, Set<() => void>>()

/** The unanswered writes of each transaction that `inTransaction` runs. */
const pendingWrites = new WeakMap<EntityManager, Promise<unknown>[]>()

type Observer = (end: { outcome: 'committed' | 'rolled_back'; seconds: number }) => void

/** The observer of transactions, by database. */
const observers = new WeakMap<object, Observer>()

/** Calls an observer at the end of each attempt of `inTransaction` on the database of `em`. It must not throw. */
export function observeTransactions(em: EntityManager, observer: Observer): void {
  observers.set(em.getDriver(), observer)
}

/**
 * Runs a unit of work in one transaction, on a fresh fork, so that the first read of a row can be the one that locks it.
 * Runs it again after a deadlock, a serialization failure or the loss of a prepared statement. Also runs it again if another transaction
 * has just written the same idempotency key: the next attempt finds its record. At most four attempts.
 */
export async function inTransaction<Result>(
  em: EntityManager,
  work: (em: EntityManager) => Promise<Result>,
): Promise<Result> {
  const since = performance.now()
  const observe = observers.get(em.getDriver())
  for (let attempt = 1; ; attempt++) {
    const hooks = new Set<() => void>()
    const writes: Promise<unknown>[] = []
    const begun = performance.now()
    try {
      const result = await em.fork().transactional(async (em) => {
        commitHooks.set(em, hooks)
        pendingWrites.set(em, writes)
        await shortenLockWaits(em, performance.now() - since)
        return work(em)
      })
      // If a statement has failed, the commit rolls back without an error, so the failure must come from the writes.
      await Promise.all(writes)
      observe?.({ outcome: 'committed', seconds: (performance.now() - begun) / 1_000 })
      for (const hook of hooks) hook()
      return result
    } catch (caught) {
      observe?.({ outcome: 'rolled_back', seconds: (performance.now() - begun) / 1_000 })
      const error = await firstFailure(writes, caught)
      if (attempt === MAX_ATTEMPTS || !isWorthAnotherAttempt(error)) throw error
    }
  }
}

/** The error of the first failed write: after it every other statement fails too, with an error that does not tell the cause. */
async function firstFailure(writes: Promise<unknown>[], otherwise: unknown): Promise<unknown> {
  const failed = (await Promise.allSettled(writes)).find(({ status }) => status === 'rejected')
  return failed?.status === 'rejected' ? failed.reason : otherwise
}

/**
 * Sends a write in the transaction of `em` without waiting for the answer, for writes whose rows are not needed. The next statements and
 * the commit share its round trip. If it fails, the transaction is rolled back and `inTransaction` throws its error.
 */
export async function write(em: EntityManager, text: string, values: unknown[]): Promise<void> {
  const { rows } = await sendStatement(em, text, values)
  const writes = pendingWrites.get(em)
  if (!writes) return void (await rows)
  rows.catch(() => {})
  writes.push(rows)
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

/** When a transaction began, in milliseconds since 1970, as an expression. */
export const TRANSACTION_MS = toMs('now()')

/** When this transaction began, by the database's clock, which all processes share. */
export async function transactionTime(em: EntityManager): Promise<Date> {
  const [row] = await em.execute<[{ ms: number }]>(`select ${TRANSACTION_MS} as ms`)
  return new Date(row.ms)
}
