import type { OrderView } from '@jumun/contract'
import type { EntityManager } from '@mikro-orm/postgresql'
import { inTransaction, transactionTime } from '../database/transaction.ts'
import type { Outbox } from '../delivery/outbox.ts'
import { DomainError } from '../errors.ts'
import { lockOrder, moveOrderPoints, returnStock } from './lock-order.ts'
import { toOrderView } from './order-view.ts'

/** Which order to cancel, and for whom. */
export interface CancelOrderInput {
  orderId: string
  /** Whether the caller may cancel for this member. */
  mayAccess: (memberId: string) => boolean
}

/**
 * Cancels an order and returns its stock. For a paid order it also refunds the points and adds an event for the data platform.
 * Throws `ORDER_NOT_FOUND`, `ORDER_NOT_CANCELLABLE`, and `POINT_LIMIT_EXCEEDED` when the refund would exceed the account's limit.
 */
export async function cancelOrder(
  em: EntityManager,
  outbox: Outbox,
  { orderId, mayAccess }: CancelOrderInput,
): Promise<OrderView> {
  return inTransaction(em, async (em) => {
    const locked = await lockOrder(em, orderId, mayAccess)
    const { account, order, lines } = locked
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
    if (!account) throw new Error(`Order ${order.id} was paid from an account that is gone.`)
    return moveOrderPoints(em, outbox, { ...locked, account }, { kind: 'REFUND', createdAt: now })
  })
}
