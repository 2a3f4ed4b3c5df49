import type { OrderStatus, OrderView } from '@jumun/contract'
import type { EntityManager } from '@mikro-orm/postgresql'
import { inTransaction } from '../database/transaction.ts'
import type { Outbox } from '../delivery/outbox.ts'
import { DomainError } from '../errors.ts'
import { idempotentCall, type Outcome, runIdempotent } from '../idempotency/idempotency.ts'
import { insufficientPoints } from '../point/point-account.entity.ts'
import { type LockedOrder, lockOrder, moveOrderPoints } from './lock-order.ts'

/** Which order to pay, and for whom. */
export interface PayOrderInput {
  orderId: string
  idempotencyKey?: string | undefined
  /** Whether the caller may pay for this member. */
  mayAccess: (memberId: string) => boolean
}

/**
 * Pays an order that was placed with payment `later`, from its member's points, while its stock is still held.
 * Throws `ORDER_NOT_FOUND`, `ORDER_NOT_PAYABLE`, `INSUFFICIENT_POINTS` and `IDEMPOTENCY_KEY_REUSED`.
 */
export async function payOrder(
  em: EntityManager,
  outbox: Outbox,
  { orderId, idempotencyKey, mayAccess }: PayOrderInput,
): Promise<Outcome<OrderView>> {
  return inTransaction(em, async (em) => {
    const locked = await lockOrder(em, orderId, mayAccess)
    const call = idempotentCall('payment.pay', locked.order.memberId, idempotencyKey, [orderId])
    return runIdempotent(em, call, (now) => pay(em, outbox, locked, now))
  })
}

async function pay(em: EntityManager, outbox: Outbox, locked: LockedOrder, now: Date): Promise<OrderView> {
  const { account, order } = locked
  const { id: orderId } = order
  if (order.status !== 'PENDING_PAYMENT') throw notPayable(orderId, order.status)
  if (order.expiresAt && order.expiresAt <= now) throw notPayable(orderId, 'EXPIRED')
  if (!account) throw insufficientPoints(0, order.total)
  order.status = 'PAID'
  order.paidAt = now
  order.version += 1
  return moveOrderPoints(em, outbox, { ...locked, account }, { kind: 'PAYMENT', createdAt: now })
}

function notPayable(orderId: string, orderStatus: OrderStatus): DomainError<'ORDER_NOT_PAYABLE'> {
  const message = 'Only an order that is waiting for its payment can be paid.'
  return new DomainError('ORDER_NOT_PAYABLE', message, { orderId, orderStatus })
}
