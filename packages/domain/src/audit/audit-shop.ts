import { AUDIT_MAX_IDS, type Audit, type AuditedInvariant } from '@jumun/contract'
import { type EntityManager, IsolationLevel } from '@mikro-orm/postgresql'
import { transactionTime } from '../database/transaction.ts'
import { DomainError } from '../errors.ts'
import { type Invariant, invariants } from './invariants.ts'

/** The longest that an audit may take. */
export const AUDIT_LIMIT_MS = 180_000

const RETRY_AFTER_SECONDS = 60

/**
 * Checks every invariant in one snapshot of the database, while the shop is open: nobody waits for it, and nobody's work
 * under way is half in it. PostgreSQL does all the counting; what is answered does not grow with the shop.
 * Throws `UNAVAILABLE` when it does not end in three minutes, or is called off.
 *
 * @param em of a database opened for statements that take as long: others give a connection up that is silent for 16 seconds
 * @param signal calls it off, also in the middle of a statement
 */
export async function auditShop(em: EntityManager, { signal }: { signal?: AbortSignal } = {}): Promise<Audit> {
  const ending = AbortSignal.any([AbortSignal.timeout(AUDIT_LIMIT_MS), ...(signal ? [signal] : [])])
  try {
    return await em.fork().transactional(auditInTransaction, {
      isolationLevel: IsolationLevel.REPEATABLE_READ,
      readOnly: true,
      signal: ending,
      inflightQueryAbortStrategy: 'cancel query',
    })
  } catch (error) {
    if (!ending.aborted) throw error
    throw new DomainError('UNAVAILABLE', 'The audit was called off before its end.', {
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    })
  }
}

async function auditInTransaction(em: EntityManager): Promise<Audit> {
  // It reads, so nobody waits for it while it waits for somebody.
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
