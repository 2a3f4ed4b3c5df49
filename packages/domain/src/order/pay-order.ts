import type { OrderStatus, OrderView } from '@jumun/contract'
import type { EntityManager } from '@mikro-orm/postgresql'
import { inTransaction } from '../database/transaction.ts'
import { addToOutbox, type Outbox } from '../delivery/outbox.ts'
import { buildEvent } from '../delivery/outgoing-event.ts'
import { DomainError } from '../errors.ts'
import { idempotentCall, type Outcome } from '../idempotency/idempotency.ts'
import { runIdempotent } from '../idempotency/run-idempotent.ts'
import { insufficientPoints } from '../point/point-account.entity.ts'
import { PointEntry } from '../point/point-entry.entity.ts'
import { type LockedOrder, lockOrder } from './lock-order.ts'
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
    const locked = await lockOrder(em, orderId, mayTouch)
    const call = idempotentCall('payment.pay', locked.order.memberId, idempotencyKey, [orderId])
    return runIdempotent(em, call, (now) => pay(em, outbox, locked, now))
  })
}

async function pay(
  em: EntityManager,
  outbox: Outbox,
  { account, order, lines }: LockedOrder,
  now: Date,
): Promise<OrderView> {
  const { id: orderId, memberId, total } = order
  if (order.status !== 'PENDING_PAYMENT') throw notPayable(orderId, order.status)
  if (order.expiresAt && order.expiresAt <= now) throw notPayable(orderId, 'EXPIRED')
  if (!account) throw insufficientPoints(0, total)
  account.debit(total)
  order.status = 'PAID'
  order.paidAt = now
  order.version += 1
  await em.flush()
  const balanceAfter = account.balance
  await em.insert(PointEntry, { memberId, kind: 'PAYMENT', amount: -total, balanceAfter, orderId, createdAt: now })
  const view = toOrderView(order, lines)
  await addToOutbox(em, outbox, [buildEvent(view, order.version)])
  return view
}

function notPayable(orderId: string, orderStatus: OrderStatus): DomainError<'ORDER_NOT_PAYABLE'> {
  return new DomainError('ORDER_NOT_PAYABLE', 'Only an order that is waiting for its payment can be paid.', {
    orderId,
    orderStatus,
  })
}
