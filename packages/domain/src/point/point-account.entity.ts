import { MAX_BALANCE } from '@jumun/contract'
import { defineEntity, p } from '@mikro-orm/core'
import { DomainError } from '../errors.ts'

const schema = defineEntity({
  name: 'PointAccount',
  tableName: 'point_account',
  comment: 'Prepaid points of a member; the row that is locked while points move',
  properties: {
    memberId: p.string().primary().length(64),
    balance: p.bigint('number').comment('Whole KRW'),
    createdAt: p.datetime().length(3).defaultRaw('now()'),
  },
  indexes: [
    {
      name: 'point_account_prefix_index',
      // The index does not contain the balance, so that a change of the balance writes to no index.
      expression: 'create index point_account_prefix_index on point_account (member_id collate "C")',
    },
  ],
  checks: [{ name: 'point_account_balance_check', expression: `balance >= 0 and balance <= ${MAX_BALANCE}` }],
})

/** Prepaid points of a member (포인트 계정). It appears with the first charge. */
export class PointAccount extends schema.class {
  /** Adds points, in whole KRW. Throws `POINT_LIMIT_EXCEEDED` when the balance would exceed its limit. */
  credit(amount: number): void {
    if (amount > MAX_BALANCE - this.balance) {
      const details = { balance: this.balance, limit: MAX_BALANCE }
      throw new DomainError('POINT_LIMIT_EXCEEDED', 'The balance would grow beyond its limit.', details)
    }
    this.balance += amount
  }

  /** Takes points, in whole KRW. Throws `INSUFFICIENT_POINTS` when the balance is lower. */
  debit(amount: number): void {
    this.balance = balanceAfterDebit(this.balance, amount)
  }
}

schema.setClass(PointAccount)

/** The rule of `PointAccount.debit`, for balances that were read without the mapper. */
export function balanceAfterDebit(balance: number, amount: number): number {
  if (amount > balance) throw insufficientPoints(balance, amount)
  return balance - amount
}

/** The error for a member with too few points, or without an account. */
export function insufficientPoints(balance: number, required: number): DomainError<'INSUFFICIENT_POINTS'> {
  const message = `${required} points are needed and ${balance} are there.`
  return new DomainError('INSUFFICIENT_POINTS', message, { balance, required })
}
