import { createHash } from 'node:crypto'
import type { EntityManager } from '@mikro-orm/postgresql'
import { runStatement } from '../database/statement.ts'
import { DomainError } from '../errors.ts'
import { IdempotencyRecord } from './idempotency-record.entity.ts'

/** A call that must have its effect once: whose it is, its key, and what it asks for. */
export interface IdempotentCall {
  memberId: string
  key: string
  fingerprint: string
}

/** What a call answered, and whether it had answered so before. */
export interface Outcome<Answer> {
  answer: Answer
  replayed: boolean
}

/**
 * Names a call by its member, key and content.
 *
 * @param input what was asked for, without the key, with its fields always in the same order
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

/** A call of this transaction, with its answer. */
export interface AddedRecord extends IdempotentCall {
  answer: unknown
}

/** The records of calls that have had their effect. Read it after the lock under which the effect happens. */
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
      // Each by itself (`offset 0`): a plan that was made while the table was small would go on reading all of it.
      `select found.* from unnest($1::text[], $2::text[]) as asked (asked_member, asked_key) cross join lateral (
        select member_id as "memberId", key, fingerprint, answer from idempotency_record
         where member_id = asked_member and key = asked_key offset 0) found`,
      [members, keyed.map(({ key }) => key)],
    )
    for (const row of rows) records.#found.set(identity(row), row)
    return records
  }

  /** What was added, and is to be written with the effects of its calls. */
  get added(): readonly AddedRecord[] {
    return this.#added
  }

  /**
   * The first answer to this call, or undefined when it has had no effect yet.
   * Throws `IDEMPOTENCY_KEY_REUSED` when the key was used for something else.
   */
  answerTo(call: IdempotentCall | undefined): unknown {
    const record = call && this.#found.get(identity(call))
    if (!record) return undefined
    if (record.fingerprint !== call.fingerprint) {
      throw new DomainError('IDEMPOTENCY_KEY_REUSED', 'This key was used for another request.', {})
    }
    return record.answer
  }

  /** Remembers an answer, for later calls of this batch at once and for all others with `write`. */
  add(call: IdempotentCall | undefined, answer: unknown): void {
    if (!call) return
    this.#found.set(identity(call), { fingerprint: call.fingerprint, answer })
    this.#added.push({ ...call, answer })
  }

  async write(em: EntityManager, now: Date): Promise<void> {
    if (this.#added.length === 0) return
    await em.insertMany(
      IdempotencyRecord,
      this.#added.map((record) => ({ ...record, createdAt: now })),
    )
  }
}

function identity({ memberId, key }: { memberId: string; key: string }): string {
  return `${memberId} ${key}`
}
