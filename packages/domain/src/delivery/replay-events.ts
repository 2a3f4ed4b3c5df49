import { REPLAY_MAX_EVENTS, type ReplayEventsInput } from '@jumun/contract'
import type { EntityManager } from '@mikro-orm/postgresql'
import { runStatement } from '../database/statement.ts'
import { inTransaction, transactionTime } from '../database/transaction.ts'
import { type NewChange, writeChanges } from '../feed/write-changes.ts'

/** What a replay did: how many dead letters wait again, and how many that were named are dead letters still. */
export interface Replayed {
  replayed: number
  remaining: number
}

/**
 * Makes dead letters wait again, which wakes the relay. Each keeps its id, by which the platform recognises it. Concurrent calls move each
 * dead letter once; one that another transaction has locked is skipped, and remains.
 *
 * @param which ids in the outbox, where those that are not of dead letters are ignored; or a reason, of which at most 1,000 are moved, the
 * oldest first
 */
export async function replayEvents(
  em: EntityManager,
  which: ReplayEventsInput,
  actor: string | null = null,
): Promise<Replayed> {
  const [named, value] =
    which.ids === undefined ? ['reason = $1::text', which.reason] : ['id = any($1::uuid[])', which.ids]
  const dead = `from undelivered_event where due_at is null and ${named}`
  return inTransaction(em, async (em) => {
    const replayed = await runStatement<{ eventId: string; orderId: string }>(
      em,
      `update undelivered_event set due_at = now(), since = now(), rejections = 0
        where id in (select id ${dead} order by since, id limit ${REPLAY_MAX_EVENTS} for update skip locked)
        returning id as "eventId", order_id as "orderId"`,
      [value],
    )
    const [left] = await runStatement<{ remaining: number }>(em, `select count(*)::int as remaining ${dead}`, [value])
    const changes = replayed.map((data): NewChange => ({ type: 'delivery.replayed', actor, data }))
    await writeChanges(em, await transactionTime(em), changes)
    return { replayed: replayed.length, remaining: left?.remaining ?? 0 }
  })
}
