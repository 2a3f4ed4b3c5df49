import type { OrderView } from '@jumun/contract'
import type { EntityManager } from '@mikro-orm/postgresql'
import { inTransaction, transactionTime } from '../database/transaction.ts'
import { DomainError } from '../errors.ts'
import { writeChanges } from '../feed/write-changes.ts'
import { lockOrder, moveOrderPoints, returnStock } from './lock-order.ts'
import { toOrderView } from './order-view.ts'

/** Which order to cancel, and for whom. */
export interface CancelOrderInput {
  orderId: string
  /** Whether the caller may cancel for this member. */
  mayAccess: (memberId: string) => boolean
  /** Who cancels; default: the member of the order. */
  actor?: string | undefined
}

/**
 * Cancels an order and returns its stock. For a paid order it also refunds the points and tells the data platform.
 * Throws `ORDER_NOT_FOUND`, `ORDER_NOT_CANCELLABLE`, and `POINT_LIMIT_EXCEEDED` when the refund would exceed the account's limit.
 */
export async function cancelOrder(
  em: EntityManager,
  { orderId, mayAccess, actor: caller }: CancelOrderInput,
): Promise<OrderView> {
  return inTransaction(em, async (em) => {
    const { account, order, lines } = await lockOrder(em, orderId, mayAccess)
    if (order.status !== 'PAID' && order.status !== 'PENDING_PAYMENT') {
      const details = { orderId, orderStatus: order.status }
      throw new DomainError('ORDER_NOT_CANCELLABLE', 'This order has ended already.', details)
    }
    const now = await transactionTime(em)
    const wasPaid = order.status === 'PAID'
    order.status = 'CANCELLED'
    order.cancelledAt = now
    order.version += 1
    const actor = caller ?? order.memberId
    const stock = await returnStock(em, lines, { reason: 'cancellation', actor })
    if (wasPaid && !account) throw new Error(`Order ${order.id} was paid from an account that is gone.`)
    const refund = { kind: 'REFUND', createdAt: now, actor } as const
    const points = wasPaid && account ? [await moveOrderPoints(em, { account, order }, refund)] : []
    const view = toOrderView(order, lines)
    const cancelled = { type: 'order.cancelled', actor, data: { order: view, version: order.version } } as const
    await writeChanges(em, now, [cancelled, ...stock, ...points])
    return view
  })
}
