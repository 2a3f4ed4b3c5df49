import type { MovePointsInput, PointBalance } from '@jumun/contract'
import { type EntityManager, LockMode } from '@mikro-orm/postgresql'
import { inTransaction } from '../database/transaction.ts'
import { idempotentCall, type Outcome, runIdempotent } from '../idempotency/idempotency.ts'
import { insufficientPoints, PointAccount } from './point-account.entity.ts'
import { PointEntry } from './point-entry.entity.ts'

/**
 * Adds points to a member's balance; the account appears with the first charge.
 * Throws `POINT_LIMIT_EXCEEDED` and `IDEMPOTENCY_KEY_REUSED`.
 */
export async function chargePoints(em: EntityManager, input: MovePointsInput): Promise<Outcome<PointBalance>> {
  return movePoints(em, 'CHARGE', input)
}

/** Takes points from a member's balance. Throws `INSUFFICIENT_POINTS` and `IDEMPOTENCY_KEY_REUSED`. */
export async function usePoints(em: EntityManager, input: MovePointsInput): Promise<Outcome<PointBalance>> {
  return movePoints(em, 'USE', input)
}

async function movePoints(
  em: EntityManager,
  kind: 'CHARGE' | 'USE',
  { memberId, amount, idempotencyKey }: MovePointsInput,
): Promise<Outcome<PointBalance>> {
  const call = idempotentCall(`point.${kind}`, memberId, idempotencyKey, { amount })
  return inTransaction(em, async (em) => {
    const account = kind === 'CHARGE' ? await lockOrOpenAccount(em, memberId) : await lockAccount(em, memberId)
    return runIdempotent(em, call, async (now) => {
      if (!account) throw insufficientPoints(0, amount)
      await changeBalance(em, account, { kind, amount, orderId: null, createdAt: now })
      return { memberId, balance: account.balance }
    })
  })
}

/**
 * Credits (`CHARGE`, `REFUND`) or debits a locked account, and adds the ledger entry.
 * Throws `POINT_LIMIT_EXCEEDED` and `INSUFFICIENT_POINTS`.
 */
export async function changeBalance(
  em: EntityManager,
  account: PointAccount,
  { kind, amount, ...entry }: Pick<PointEntry, 'kind' | 'amount' | 'orderId' | 'createdAt'>,
): Promise<void> {
  const isCredit = kind === 'CHARGE' || kind === 'REFUND'
  if (isCredit) account.credit(amount)
  else account.debit(amount)
  await em.flush()
  const { memberId, balance: balanceAfter } = account
  await em.insert(PointEntry, { ...entry, memberId, kind, amount: isCredit ? amount : -amount, balanceAfter })
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
