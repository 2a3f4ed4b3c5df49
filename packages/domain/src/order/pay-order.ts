import { randomUUIDv7 } from 'node:crypto'
import type { OrderStatus, OrderView } from '@jumun/contract'
import type { EntityManager } from '@mikro-orm/postgresql'
import { inTransaction, transactionTime } from '../database/transaction.ts'
import { addToOutbox, type Outbox } from '../delivery/outbox.ts'
import { DomainError } from '../errors.ts'
import { IdempotencyRecords, idempotentCall, type Outcome } from '../idempotency/idempotency.ts'
import { insufficientPoints } from '../point/point-account.entity.ts'
import { PointEntry } from '../point/point-entry.entity.ts'
import { lockOrder } from './lock-order.ts'
import { toOrderView } from './order-view.ts'

/** Which order to pay, and for whom. */
export interface PayOrderInput {
  orderId: string
  idempotencyKey?: string | undefined
  /** Whether the caller may pay for this member. */
  mayTouch: (memberId: string) => boolean
}

/**
 * Pays an order that was placed with payment `later`, from its member's points, while its stock is still held.
 * Throws `ORDER_NOT_FOUND`, `ORDER_NOT_PAYABLE`, `INSUFFICIENT_POINTS` and `IDEMPOTENCY_KEY_REUSED`.
 */
export async function payOrder(
  em: EntityManager,
  outbox: Outbox,
  { orderId, idempotencyKey, mayTouch }: PayOrderInput,
): Promise<Outcome<OrderView>> {
  return inTransaction(em, async (em) => {
    const { account, order, lines } = await lockOrder(em, orderId, mayTouch)
    const call = idempotentCall('payment.pay', order.memberId, idempotencyKey, [orderId])
    const records = await IdempotencyRecords.find(em, [call])
    const first = records.answerTo(call)
    if (first) return { answer: first as OrderView, replayed: true }

    const now = await transactionTime(em)
    if (order.status !== 'PENDING_PAYMENT') throw notPayable(orderId, order.status)
    if (order.expiresAt && order.expiresAt <= now) throw notPayable(orderId, 'EXPIRED')
    if (!account) throw insufficientPoints(0, order.total)
    account.debit(order.total)
    order.status = 'PAID'
    order.paidAt = now
    order.version += 1
    const answer = toOrderView(order, lines)

    await em.flush()
    const { memberId, total, version } = order
    const balanceAfter = account.balance
    await em.insert(PointEntry, { memberId, kind: 'PAYMENT', amount: -total, balanceAfter, orderId, createdAt: now })
    records.add(call, answer)
    await records.write(em, now)
    const occurredAt = now.toISOString()
    await addToOutbox(em, outbox, [
      { id: randomUUIDv7(), type: 'order.paid', orderId, version, occurredAt, order: answer },
    ])
    return { answer, replayed: false }
  })
}

function notPayable(orderId: string, orderStatus: OrderStatus): DomainError<'ORDER_NOT_PAYABLE'> {
  return new DomainError('ORDER_NOT_PAYABLE', 'Only an order that is waiting for its payment can be paid.', {
    orderId,
    orderStatus,
  })
}
