import type { Page, PointBalance, PointEntryView, PointHistoryInput } from '@jumun/contract'
import type { EntityManager } from '@mikro-orm/postgresql'
import { z } from 'zod'
import { ofMemberBelow, readCursor, toPage } from '../page.ts'
import { PointAccount } from './point-account.entity.ts'
import { PointEntry } from './point-entry.entity.ts'

const historyCursor = z.int().min(1)

/** A member's balance; 0 for a member who was never charged. */
export async function readBalance(em: EntityManager, memberId: string): Promise<PointBalance> {
  const account = await em.fork().findOne(PointAccount, { memberId })
  return { memberId, balance: account?.balance ?? 0 }
}

/**
 * A page of a member's ledger, newest entry first.
 *
 * @param showActors whether the reader may see who did what: members do not see the ids of admins
 */
export async function readPointHistory(
  em: EntityManager,
  input: PointHistoryInput,
  showActors = false,
): Promise<Page<PointEntryView>> {
  const before = readCursor(input.cursor, historyCursor) ?? Number.MAX_SAFE_INTEGER
  const entries = await em.fork().find(PointEntry, ofMemberBelow(input.memberId, before), {
    orderBy: { memberId: 'desc', id: 'desc' },
    limit: input.limit + 1,
  })
  const page = toPage(entries, input.limit, (entry) => entry.id)
  return {
    ...page,
    items: page.items.map(({ id, kind, amount, balanceAfter, orderId, actor, reason, createdAt }) => ({
      id,
      kind,
      amount,
      balanceAfter,
      orderId: orderId ?? null,
      actor: (showActors ? actor : null) ?? null,
      reason: reason ?? null,
      createdAt: createdAt.toISOString(),
    })),
  }
}
