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

/** A call in this transaction, with its answer. */
export interface AddedRecord extends IdempotentCall {
  answer: unknown
}

/** The records of calls that have had their effect. Find them after taking the lock under which the effect happens. */
export class IdempotencyRecords {
  readonly #found = new Map<string, { fingerprint: string; answer: unknown }>()
  readonly #added: AddedRecord[] = []

  static async find(em: EntityManager, calls: (IdempotentCall | undefined)[]): Promise<IdempotencyRecords> {
    const records = new IdempotencyRecords()
    const keyed = calls.filter((call) => call !== undefined)
    if (keyed.length === 0) return records
    const members = keyed.map(({ memberId }) => memberId)
    const rows = await runStatement<{ memberId: string; key: string; fingerprint: string; answer: unknown }>(
      em,
      // `offset 0` forces one look-up for each key: a plan cached while the table was small would go on scanning all of it.
      `select found.* from unnest($1::text[], $2::text[]) as asked (asked_member, asked_key) cross join lateral (
        select member_id as "memberId", key, fingerprint, answer from idempotency_record
         where member_id = asked_member and key = asked_key offset 0) found`,
      [members, keyed.map(({ key }) => key)],
    )
    for (const row of rows) records.#found.set(identity(row), row)
    return records
  }

  /** The records to write in the transaction of their calls. */
  get added(): readonly AddedRecord[] {
    return this.#added
  }

  /**
   * The stored answer to this call, or undefined if it has had no effect yet.
   * Throws `IDEMPOTENCY_KEY_REUSED` when the key was used with another input.
   */
  answerTo(call: IdempotentCall | undefined): unknown {
    const record = call && this.#found.get(identity(call))
    return record && storedAnswer(record, call)
  }

  /** Adds an answer: later calls of this batch find it at once, all others after the commit. */
  add(call: IdempotentCall | undefined, answer: unknown): void {
    if (!call) return
    this.#found.set(identity(call), { fingerprint: call.fingerprint, answer })
    this.#added.push({ ...call, answer })
  }
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
  if (found.fingerprint !== null) return { answer: storedAnswer(found, call) as Answer, replayed: true }
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

/** Throws `IDEMPOTENCY_KEY_REUSED` when the key was used with another input. */
function storedAnswer({ fingerprint, answer }: FoundRecord, call: IdempotentCall): unknown {
  if (fingerprint !== call.fingerprint)
    throw new DomainError('IDEMPOTENCY_KEY_REUSED', 'This key was used for another request.', {})
  return answer
}

function identity({ memberId, key }: { memberId: string; key: string }): string {
  return `${memberId} ${key}`
}
