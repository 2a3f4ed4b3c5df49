import type { MovePointsInput, PointBalance } from '@jumun/contract'
import { type EntityManager, LockMode } from '@mikro-orm/postgresql'
import { inTransaction } from '../database/transaction.ts'
import { idempotentCall, type Outcome } from '../idempotency/idempotency.ts'
import { runIdempotent } from '../idempotency/run-idempotent.ts'
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
      if (kind === 'CHARGE') account.credit(amount)
      else account.debit(amount)
      await em.flush()
      const { balance } = account
      const signed = kind === 'CHARGE' ? amount : -amount
      const entry = { memberId, kind, amount: signed, balanceAfter: balance, orderId: null, createdAt: now }
      await em.insert(PointEntry, entry)
      return { memberId, balance }
    })
  })
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
