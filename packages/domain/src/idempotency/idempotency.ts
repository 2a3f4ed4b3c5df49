import { createHash } from 'node:crypto'
import type { EntityManager } from '@mikro-orm/postgresql'
import { runStatement } from '../database/statement.ts'
import { TRANSACTION_MS, transactionTime, write } from '../database/transaction.ts'
import { DomainError } from '../errors.ts'

/** A call that must have its effect only once: its member, its key, and a hash of its content. */
export interface IdempotentCall {
  memberId: string
  key: string
  fingerprint: string
}

/** The answer to a call, and whether it was stored by an earlier call. */
export interface Outcome<Answer> {
  answer: Answer
  replayed: boolean
}

/**
 * Identifies a call by its member, key and content.
 *
 * @param input the input without the key; its fields must always be in the same order
 * @returns undefined for a call without a key
 */
export function idempotentCall(
  procedure: string,
  memberId: string,
  key: string | undefined,
  input: unknown,
): IdempotentCall | undefined {
  if (key === undefined) return undefined
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([procedure, input]))
    .digest('base64url')
  return { memberId, key, fingerprint }
}

/**
 * Runs `work` once for an idempotency key: a retry gets the stored answer and has no effect. The answer is written in the
 * transaction of `em`. Call it after taking the lock under which the effect happens. Throws `IDEMPOTENCY_KEY_REUSED` and
 * whatever `work` throws; a failed call uses up no key.
 *
 * @param call undefined for a call without a key, which always runs
 * @param work gets the time of the transaction
 */
export async function runIdempotent<Answer>(
  em: EntityManager,
  call: IdempotentCall | undefined,
  work: (now: Date) => Promise<Answer>,
): Promise<Outcome<Answer>> {
  if (!call) return { answer: await work(await transactionTime(em)), replayed: false }
  const [found] = await runStatement<FoundRecord & { nowMs: number }>(em, FIND_RECORD, [call.memberId, call.key])
  if (!found) throw new Error('An outer join to one row must return one.')
  const { fingerprint, answer: stored } = found
  if (fingerprint !== null) {
    requireSameCall({ fingerprint }, call)
    return { answer: stored as Answer, replayed: true }
  }
  const now = new Date(found.nowMs)
  const answer = await work(now)
  await write(em, INSERT_RECORD, [call.memberId, call.key, call.fingerprint, JSON.stringify(answer), now])
  return { answer, replayed: false }
}

interface FoundRecord {
  /** Null where there is no record. */
  fingerprint: string | null
  answer: unknown
}

/** The record of a key, and the time of the transaction in the same round trip. */
const FIND_RECORD = `
  select ${TRANSACTION_MS} as "nowMs", fingerprint, answer
    from (select) one left join idempotency_record on member_id = $1 and key = $2`

const INSERT_RECORD =
  'insert into idempotency_record (member_id, key, fingerprint, answer, created_at) values ($1, $2, $3, $4::json, $5)'

/** Throws `IDEMPOTENCY_KEY_REUSED` when the key of a record was used with another input. */
export function requireSameCall({ fingerprint }: { fingerprint: string }, call: IdempotentCall): void {
  if (fingerprint !== call.fingerprint)
    throw new DomainError('IDEMPOTENCY_KEY_REUSED', 'This key was used for another request.', {})
}
