import type { EntityManager } from '@mikro-orm/postgresql'
import { runStatement } from '../database/statement.ts'
import { inTransaction, transactionTime } from '../database/transaction.ts'
import { type NewChange, writeChanges } from '../feed/write-changes.ts'

/**
 * Makes dead letters wait again, which wakes the relay. Each keeps its id, by which the platform recognises it. Concurrent calls move each
 * dead letter once; one that another transaction has locked is skipped.
 *
 * @param ids ids in the outbox; those that are not of dead letters are ignored
 * @returns how many were dead letters
 */
export async function replayEvents(em: EntityManager, ids: string[], actor: string | null = null): Promise<number> {
  return inTransaction(em, async (em) => {
    const replayed = await runStatement<{ eventId: string; orderId: string }>(
      em,
      `update undelivered_event set due_at = now(), since = now(), rejections = 0
        where id in (select id from undelivered_event where id = any($1::uuid[]) and due_at is null order by id for update skip locked)
        returning id as "eventId", order_id as "orderId"`,
      [ids],
    )
    const changes = replayed.map((data): NewChange => ({ type: 'delivery.replayed', actor, data }))
    await writeChanges(em, await transactionTime(em), changes)
    return replayed.length
  })
}
