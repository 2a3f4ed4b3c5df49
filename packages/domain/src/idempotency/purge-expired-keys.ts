import type { EntityManager } from '@mikro-orm/postgresql'
import { type Loop, startPolling } from '../background/loop.ts'

/** One hour more than the promised 24, so that a retry which starts in time also finds its record. */
const KEPT_FOR = '25 hours'

/** Small enough to take only some ten milliseconds. */
const BATCH_SIZE = 1_000
const INTERVAL_MS = 10 * 60_000
/** Not at once, because a process that starts has more urgent work. */
const FIRST_AFTER_MS = 5_500

/**
 * Deletes the oldest idempotency records that are past their time. Several processes may run it at once.
 *
 * @returns how many were deleted, 1,000 at most
 */
export async function purgeExpiredKeys(em: EntityManager): Promise<number> {
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

/** Starts the loop that purges expired keys every ten minutes. */
export function startPurgingExpiredKeys(em: EntityManager, onError: (error: unknown) => void): Loop {
  const runOnce = async () => (await purgeExpiredKeys(em)) === BATCH_SIZE
  return startPolling({ runOnce, intervalMs: INTERVAL_MS, firstAfterMs: FIRST_AFTER_MS, onError })
}
