import type { EntityManager } from '@mikro-orm/postgresql'

const MAX_ATTEMPTS = 4

/** Below that, telling the database costs more than it gives. */
const WAIT_WORTH_TELLING_MS = 250

const DEADLOCK_DETECTED = '40P01'
const SERIALIZATION_FAILURE = '40001'
const UNIQUE_VIOLATION = '23505'

/**
 * Runs a unit of work in one transaction, on a fresh fork, so that its first read of a row can be the one that locks it.
 * It runs again when PostgreSQL asked for that, and when another transaction recorded the same idempotency key first: the
 * next attempt then finds that record.
 */
export async function inTransaction<Result>(
  em: EntityManager,
  work: (em: EntityManager) => Promise<Result>,
): Promise<Result> {
  const since = performance.now()
  for (let attempt = 1; ; attempt++) {
    try {
      return await em.fork().transactional(async (em) => {
        await shortenLockWaits(em, performance.now() - since)
        return work(em)
      })
    } catch (error) {
      if (attempt === MAX_ATTEMPTS || !isWorthAnotherAttempt(error)) throw error
    }
  }
}

/** Whoever has waited for a connection, or in another attempt, waits that much less for locks: nobody waits twice. */
async function shortenLockWaits(em: EntityManager, waitedMs: number): Promise<void> {
  if (waitedMs < WAIT_WORTH_TELLING_MS) return
  await em.execute(
    `select set_config('lock_timeout', greatest(1, setting::int - ?)::text, true)
       from pg_settings where name = 'lock_timeout' and setting <> '0'`,
    [Math.round(waitedMs)],
  )
}

function isWorthAnotherAttempt(error: unknown): boolean {
  const { code, constraint } = error as { code?: string; constraint?: string }
  if (code === UNIQUE_VIOLATION) return constraint === 'idempotency_record_pkey'
  return code === DEADLOCK_DETECTED || code === SERIALIZATION_FAILURE
}

/** When this transaction began, by the database's clock: every process that shares the database shares it. */
export async function transactionTime(em: EntityManager): Promise<Date> {
  const [row] = await em.execute<[{ ms: number }]>('select floor(extract(epoch from now()) * 1000)::float8 as ms')
  return new Date(row.ms)
}
