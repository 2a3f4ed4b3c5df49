import { AUDIT_MAX_IDS, type Audit, type AuditedInvariant } from '@jumun/contract'
import { type EntityManager, IsolationLevel } from '@mikro-orm/postgresql'
import { transactionTime } from '../database/transaction.ts'
import { DomainError } from '../errors.ts'
import { type Invariant, invariants } from './invariants.ts'

/** The time limit of an audit. */
export const AUDIT_LIMIT_MS = 180_000

const RETRY_AFTER_SECONDS = 60

/**
 * Checks every invariant in one snapshot of the database. It takes no locks, and the snapshot holds no uncommitted work, so
 * the shop stays open. PostgreSQL does the counting, and the size of the result does not depend on the number of rows.
 * Throws `UNAVAILABLE` when it takes longer than three minutes or is aborted.
 *
 * @param em of a database opened with a statement timeout of `AUDIT_LIMIT_MS`; the default would end the statements
 * @param signal aborts the audit, also during a statement
 */
export async function auditShop(em: EntityManager, { signal }: { signal?: AbortSignal } = {}): Promise<Audit> {
  const abort = AbortSignal.any([AbortSignal.timeout(AUDIT_LIMIT_MS), ...(signal ? [signal] : [])])
  try {
    return await em.fork().transactional(auditInTransaction, {
      isolationLevel: IsolationLevel.REPEATABLE_READ,
      readOnly: true,
      signal: abort,
      inflightQueryAbortStrategy: 'cancel query',
    })
  } catch (error) {
    if (!abort.aborted) throw error
    throw new DomainError('UNAVAILABLE', 'The audit was called off before its end.', {
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    })
  }
}

async function auditInTransaction(em: EntityManager): Promise<Audit> {
  // A long wait here blocks no other transaction, because the audit holds no locks.
  await em.execute(`set local statement_timeout = ${AUDIT_LIMIT_MS}; set local lock_timeout = ${AUDIT_LIMIT_MS}`)
  const at = (await transactionTime(em)).toISOString()
  const audited: AuditedInvariant[] = []
  for (const invariant of invariants) audited.push(await check(em, invariant))
  return { at, holds: audited.every(({ broken }) => broken === 0), invariants: audited }
}

async function check(em: EntityManager, { name, rule, rows }: Invariant): Promise<AuditedInvariant> {
  const [counts] = await em.execute<[{ checked: number; broken: number }]>(
    `select count(*)::float8 as checked, (count(*) filter (where holds is not true))::float8 as broken from (${rows}) r`,
  )
  const ids = counts.broken === 0 ? [] : await brokenIds(em, rows)
  return { name, rule, ...counts, ids }
}

async function brokenIds(em: EntityManager, rows: string): Promise<string[]> {
  const found = await em.execute<{ id: string }[]>(
    `select id from (${rows}) r where holds is not true order by length(id), id limit ${AUDIT_MAX_IDS}`,
  )
  return found.map(({ id }) => id)
}
