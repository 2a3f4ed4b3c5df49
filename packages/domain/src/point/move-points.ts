import type { MovePointsInput, PointBalance } from '@jumun/contract'
import { type EntityManager, LockMode } from '@mikro-orm/postgresql'
import { inTransaction } from '../database/transaction.ts'
import { type NewChange, writeChanges } from '../feed/write-changes.ts'
import { idempotentCall, type Outcome, runIdempotent } from '../idempotency/idempotency.ts'
import { insufficientPoints, PointAccount } from './point-account.entity.ts'
import { PointEntry } from './point-entry.entity.ts'

/** Whose points to move, how many, and who does it if that is not the member. */
export type MovePoints = MovePointsInput & { actor?: string | undefined }

/**
 * Adds points to a member's balance; the account appears with the first charge.
 * Throws `POINT_LIMIT_EXCEEDED` and `IDEMPOTENCY_KEY_REUSED`.
 */
export async function chargePoints(em: EntityManager, input: MovePoints): Promise<Outcome<PointBalance>> {
  return movePoints(em, 'CHARGE', input)
}

/** Takes points from a member's balance. Throws `INSUFFICIENT_POINTS` and `IDEMPOTENCY_KEY_REUSED`. */
export async function usePoints(em: EntityManager, input: MovePoints): Promise<Outcome<PointBalance>> {
  return movePoints(em, 'USE', input)
}

/** What a new entry of the ledger says: the unsigned amount, who moves the points, and why. */
export interface EntryFacts extends Pick<PointEntry, 'kind' | 'amount' | 'orderId' | 'createdAt'> {
  actor: string
  reason?: string | undefined
}

async function movePoints(
  em: EntityManager,
  kind: 'CHARGE' | 'USE',
  { memberId, amount, reason, idempotencyKey, actor = memberId }: MovePoints,
): Promise<Outcome<PointBalance>> {
  const call = idempotentCall(`point.${kind}`, memberId, idempotencyKey, { amount, reason })
  return inTransaction(em, async (em) => {
    const account = kind === 'CHARGE' ? await lockOrOpenAccount(em, memberId) : await lockAccount(em, memberId)
    return runIdempotent(em, call, async (now) => {
      if (!account) throw insufficientPoints(0, amount)
      const entry = { kind, amount, orderId: null, createdAt: now, actor, reason }
      const change = await changeBalance(em, account, entry)
      await writeChanges(em, now, [change])
      return { memberId, balance: account.balance }
    })
  })
}

/**
 * Credits (`CHARGE`, `REFUND`) or debits a locked account, and adds the ledger entry.
 * Throws `POINT_LIMIT_EXCEEDED` and `INSUFFICIENT_POINTS`.
 *
 * @returns the change, to be written to the feed
 */
export async function changeBalance(
  em: EntityManager,
  account: PointAccount,
  { kind, amount, actor, reason, ...entry }: EntryFacts,
): Promise<NewChange> {
  const isCredit = kind === 'CHARGE' || kind === 'REFUND'
  if (isCredit) account.credit(amount)
  else account.debit(amount)
  await em.flush()
  const { memberId, balance } = account
  const signed = isCredit ? amount : -amount
  const by = { actor: actor === memberId ? null : actor, reason: reason ?? null }
  await em.insert(PointEntry, { ...entry, ...by, memberId, kind, amount: signed, balanceAfter: balance })
  const data = { memberId, kind, amount: signed, balance, orderId: entry.orderId ?? null, ...(reason && { reason }) }
  return { type: 'points.changed', actor, data }
}

async function lockAccount(em: EntityManager, memberId: string): Promise<PointAccount | null> {
  return em.findOne(PointAccount, { memberId }, { lockMode: LockMode.PESSIMISTIC_WRITE })
}

async function lockOrOpenAccount(em: EntityManager, memberId: string): Promise<PointAccount | null> {
  const account = await lockAccount(em, memberId)
  if (account) return account
  await em.createQueryBuilder(PointAccount).insert({ memberId, balance: 0 }).onConflict('memberId').ignore().execute()
  return lockAccount(em, memberId)
}
