import { defineEntity, p } from '@mikro-orm/core'
import { reasonCheck } from '../database/reason-check.ts'

const schema = defineEntity({
  name: 'Order',
  tableName: 'order',
  comment: 'An order of one or several products',
  properties: {
    id: p.uuid().primary(),
    memberId: p.string().length(64),
    status: p.enum(['PENDING_PAYMENT', 'PAID', 'CANCELLED', 'EXPIRED']),
    total: p.bigint('number').comment('Whole KRW'),
    version: p.integer().comment('Grows with each change of the order'),
    createdAt: p.datetime().length(3),
    paidAt: p.datetime().length(3).nullable(),
    expiresAt: p.datetime().length(3).nullable().comment('Until when an unpaid order holds its stock'),
    cancelledAt: p.datetime().length(3).nullable(),
    cancelledBy: p.string().length(64).nullable().comment('Who cancelled it; null: the member'),
    cancelReason: p.string().length(200).nullable(),
  },
  indexes: [
    { name: 'order_member_id_index', properties: ['memberId', 'id'] },
    {
      name: 'order_expires_at_index',
      expression: `create index order_expires_at_index on "order" (expires_at) where status = 'PENDING_PAYMENT'`,
    },
    {
      name: 'order_unpaid_index',
      expression: `create index order_unpaid_index on "order" (member_id) where status = 'PENDING_PAYMENT'`,
    },
    {
      name: 'order_not_paid_index',
      // Partial, so that the many orders that are paid at once do not write to it.
      expression: `create index order_not_paid_index on "order" (id) where status <> 'PAID'`,
    },
    {
      name: 'order_paid_at_index',
      expression: 'create index order_paid_at_index on "order" (paid_at) where paid_at is not null',
    },
    {
      name: 'order_cancelled_at_index',
      expression:
        'create index order_cancelled_at_index on "order" (cancelled_at) where cancelled_at is not null and paid_at is not null',
    },
  ],
  checks: [
    { name: 'order_total_check', expression: 'total > 0' },
    { name: 'order_version_check', expression: 'version > 0' },
    { name: 'order_paid_check', expression: `status <> 'PAID' or paid_at is not null` },
    { name: 'order_unpaid_check', expression: `status in ('PAID', 'CANCELLED') or paid_at is null` },
    { name: 'order_pending_check', expression: `status <> 'PENDING_PAYMENT' or expires_at is not null` },
    {
      name: 'order_cancelled_by_check',
      expression: 'cancelled_at is not null or (cancelled_by is null and cancel_reason is null)',
    },
    { name: 'order_cancel_reason_check', expression: reasonCheck('cancel_reason') },
    { name: 'order_cancelled_check', expression: `(status = 'CANCELLED') = (cancelled_at is not null)` },
  ],
})

/** An order (주문). */
export class Order extends schema.class {}

schema.setClass(Order)
