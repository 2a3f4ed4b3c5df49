import type { EntityManager } from '@mikro-orm/postgresql'
import { transactionTime } from '../database/transaction.ts'
import { IdempotencyRecords, type IdempotentCall, type Outcome } from './idempotency.ts'

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
  const records = await IdempotencyRecords.find(em, [call])
  const first = records.answerTo(call)
  if (first) return { answer: first as Answer, replayed: true }
  const now = await transactionTime(em)
  const answer = await work(now)
  records.add(call, answer)
  await records.write(em, now)
  return { answer, replayed: false }
}
