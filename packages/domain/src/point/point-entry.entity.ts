import { MAX_BALANCE } from '@jumun/contract'
import { defineEntity, p } from '@mikro-orm/core'
import { foreignKey } from '../database/foreign-key.ts'
import { reasonCheck } from '../database/reason-check.ts'
import { Order } from '../order/order.entity.ts'
import { PointAccount } from './point-account.entity.ts'

const schema = defineEntity({
  name: 'PointEntry',
  tableName: 'point_entry',
  comment: 'Append-only ledger: every change of a balance; a trigger refuses to change or delete an entry',
  properties: {
    id: p.bigint('number').primary().autoincrement(),
    memberId: () => foreignKey(PointAccount, 'member_id'),
    kind: p.enum(['CHARGE', 'USE', 'PAYMENT', 'REFUND']),
    amount: p.bigint('number').comment('Signed, whole KRW'),
    balanceAfter: p.bigint('number').comment('Whole KRW'),
    orderId: () => foreignKey(Order, 'order_id').nullable(),
    createdAt: p.datetime().length(3),
    actor: p.string().length(64).nullable().comment('Who did it; null: the member, or an order that was paid at once'),
    reason: p.string().length(200).nullable(),
  },
  indexes: [{ name: 'point_entry_member_id_index', properties: ['memberId', 'id'] }],
  uniques: [{ name: 'point_entry_order_id_unique', properties: ['orderId', 'kind'] }],
  triggers: [
    {
      name: 'append_only',
      timing: 'before',
      events: ['update', 'delete'],
      forEach: 'statement',
      body: `raise exception 'point_entry is append-only' using errcode = 'restrict_violation'`,
    },
  ],
  checks: [
    { name: 'point_entry_sign_check', expression: `(kind in ('CHARGE', 'REFUND')) = (amount > 0) and amount <> 0` },
    { name: 'point_entry_order_check', expression: `(kind in ('PAYMENT', 'REFUND')) = (order_id is not null)` },
    { name: 'point_entry_reason_check', expression: reasonCheck('reason') },
    { name: 'point_entry_balance_check', expression: `balance_after >= 0 and balance_after <= ${MAX_BALANCE}` },
  ],
})

/** One entry of the point ledger (포인트 내역). Entries are only added. */
export class PointEntry extends schema.class {}

schema.setClass(PointEntry)
