import type { EntityManager } from '@mikro-orm/postgresql'

const MAX_ATTEMPTS = 4

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
  for (let attempt = 1; ; attempt++) {
    try {
      return await em.fork().transactional(work)
    } catch (error) {
      if (attempt === MAX_ATTEMPTS || !isWorthAnotherAttempt(error)) throw error
    }
  }
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
