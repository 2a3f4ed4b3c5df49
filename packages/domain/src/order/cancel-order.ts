import type { OrderView } from '@jumun/contract'
import type { EntityManager } from '@mikro-orm/postgresql'
import { inTransaction, transactionTime } from '../database/transaction.ts'
import { addToOutbox, type Outbox } from '../delivery/outbox.ts'
import { buildEvent } from '../delivery/outgoing-event.ts'
import { DomainError } from '../errors.ts'
import { PointEntry } from '../point/point-entry.entity.ts'
import { type LockedOrder, lockOrder, returnStock } from './lock-order.ts'
import { toOrderView } from './order-view.ts'

/** Which order to cancel, and for whom. */
export interface CancelOrderInput {
  orderId: string
  /** Whether the caller may cancel for this member. */
  mayTouch: (memberId: string) => boolean
}

/**
 * Cancels an order and returns its stock. For a paid order it also refunds the points and adds an event for the data platform.
 * Throws `ORDER_NOT_FOUND`, `ORDER_NOT_CANCELLABLE`, and `POINT_LIMIT_EXCEEDED` when the refund would exceed the account's limit.
 */
export async function cancelOrder(
  em: EntityManager,
  outbox: Outbox,
  { orderId, mayTouch }: CancelOrderInput,
): Promise<OrderView> {
  return inTransaction(em, async (em) => {
    const locked = await lockOrder(em, orderId, mayTouch)
    const { order, lines } = locked
    if (order.status !== 'PAID' && order.status !== 'PENDING_PAYMENT') {
      const details = { orderId, orderStatus: order.status }
      throw new DomainError('ORDER_NOT_CANCELLABLE', 'This order has ended already.', details)
    }
    const now = await transactionTime(em)
    const wasPaid = order.status === 'PAID'
    order.status = 'CANCELLED'
    order.cancelledAt = now
    order.version += 1
    await returnStock(em, lines)
    if (!wasPaid) return toOrderView(order, lines)
    return refund(em, outbox, locked, now)
  })
}

async function refund(
  em: EntityManager,
  outbox: Outbox,
  { account, order, lines }: LockedOrder,
  now: Date,
): Promise<OrderView> {
  if (!account) throw new Error(`Order ${order.id} was paid from an account that is gone.`)
  account.credit(order.total)
  await em.flush()
  const { id: orderId, memberId, total: amount } = order
  const balanceAfter = account.balance
  await em.insert(PointEntry, { memberId, kind: 'REFUND', amount, balanceAfter, orderId, createdAt: now })
  const view = toOrderView(order, lines)
  await addToOutbox(em, outbox, [buildEvent(view, order.version)])
  return view
}
