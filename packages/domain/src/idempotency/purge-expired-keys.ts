import type { EntityManager } from '@mikro-orm/postgresql'
import { type Loop, startLoop } from '../background/loop.ts'

/** An hour more than is promised: a retry that begins in time also ends in time. */
const KEPT_FOR = '25 hours'

const BATCH_SIZE = 10_000
const INTERVAL_MS = 10 * 60_000

/**
 * Forgets the oldest records that nobody may ask for any more. Several processes may do so at once.
 *
 * @returns how many were forgotten, 10,000 at most
 */
export async function forgetIdempotencyRecords(em: EntityManager): Promise<number> {
  const rows = await em.fork().execute<unknown[]>(
    `delete from idempotency_record
      where (member_id, key) in (
        select member_id, key from idempotency_record
         where created_at < now() - interval '${KEPT_FOR}'
         order by created_at
         limit ${BATCH_SIZE}
           for update skip locked)
      returning 1`,
  )
  return rows.length
}

/** Starts the loop that forgets. */
export function startForgetting(em: EntityManager, onError: (error: unknown) => void): Loop {
  return startLoop(async () => {
    try {
      return (await forgetIdempotencyRecords(em)) === BATCH_SIZE ? 0 : INTERVAL_MS
    } catch (error) {
      onError(error)
      return INTERVAL_MS
    }
  })
}
