import type { OrderStatus, OrderView } from '@jumun/contract'
import type { EntityManager } from '@mikro-orm/postgresql'
import { inTransaction } from '../database/transaction.ts'
import { DomainError } from '../errors.ts'
import { writeChanges } from '../feed/write-changes.ts'
import { idempotentCall, type Outcome, runIdempotent } from '../idempotency/idempotency.ts'
import { insufficientPoints } from '../point/point-account.entity.ts'
import { type LockedOrder, lockOrder, moveOrderPoints } from './lock-order.ts'
import { toOrderView } from './order-view.ts'

/** Which order to pay, and for whom. */
export interface PayOrderInput {
  orderId: string
  idempotencyKey?: string | undefined
  /** Whether the caller may pay for this member. */
  mayAccess: (memberId: string) => boolean
  /** Who pays; default: the member of the order. */
  actor?: string | undefined
}

/**
 * Pays an order that was placed with payment `later`, from its member's points, while its stock is still held.
 * Throws `ORDER_NOT_FOUND`, `ORDER_NOT_PAYABLE`, `INSUFFICIENT_POINTS` and `IDEMPOTENCY_KEY_REUSED`.
 */
export async function payOrder(
  em: EntityManager,
  { orderId, idempotencyKey, mayAccess, actor }: PayOrderInput,
): Promise<Outcome<OrderView>> {
  return inTransaction(em, async (em) => {
    const locked = await lockOrder(em, orderId, mayAccess)
    const call = idempotentCall('payment.pay', locked.order.memberId, idempotencyKey, [orderId])
    return runIdempotent(em, call, (now) => pay(em, locked, { now, actor: actor ?? locked.order.memberId }))
  })
}

async function pay(
  em: EntityManager,
  { account, order, lines }: LockedOrder,
  { now, actor }: { now: Date; actor: string },
): Promise<OrderView> {
  const { id: orderId } = order
  if (order.status !== 'PENDING_PAYMENT') throw notPayable(orderId, order.status)
  if (order.expiresAt && order.expiresAt <= now) throw notPayable(orderId, 'EXPIRED')
  if (!account) throw insufficientPoints(0, order.total)
  order.status = 'PAID'
  order.paidAt = now
  order.version += 1
  const points = await moveOrderPoints(em, { account, order }, { kind: 'PAYMENT', createdAt: now, actor })
  const view = toOrderView(order, lines)
  const paid = { type: 'order.paid', actor, data: { order: view, version: order.version } } as const
  await writeChanges(em, now, [paid, points])
  return view
}

function notPayable(orderId: string, orderStatus: OrderStatus): DomainError<'ORDER_NOT_PAYABLE'> {
  const message = 'Only an order that is waiting for its payment can be paid.'
  return new DomainError('ORDER_NOT_PAYABLE', message, { orderId, orderStatus })
}
