import type { OrderView } from '@jumun/contract'
import type { EntityManager } from '@mikro-orm/postgresql'
import { inTransaction } from '../database/transaction.ts'
import { DomainError } from '../errors.ts'
import { writeChanges } from '../feed/write-changes.ts'
import { idempotentCall, type Outcome, runIdempotent } from '../idempotency/idempotency.ts'
import { type LockedOrder, lockOrder, moveOrderPoints, returnStock } from './lock-order.ts'
import { toOrderView } from './order-view.ts'

/** Which order to cancel, and for whom. */
export interface CancelOrderInput {
  orderId: string
  /** Why, in the words of who cancels. */
  reason?: string | undefined
  idempotencyKey?: string | undefined
  /** Whether the caller may cancel for this member. */
  mayAccess: (memberId: string) => boolean
  /** Who cancels; default: the member of the order. */
  actor?: string | undefined
}

/**
 * Cancels an order and returns its stock. For a paid order it also refunds the points and tells the data platform.
 * Throws `ORDER_NOT_FOUND`, `ORDER_NOT_CANCELLABLE`, `IDEMPOTENCY_KEY_REUSED`, and `POINT_LIMIT_EXCEEDED` when the refund would exceed
 * the account's limit.
 */
export async function cancelOrder(
  em: EntityManager,
  { orderId, reason, idempotencyKey, mayAccess, actor }: CancelOrderInput,
): Promise<Outcome<OrderView>> {
  return inTransaction(em, async (em) => {
    const locked = await lockOrder(em, orderId, mayAccess)
    const { memberId } = locked.order
    const call = idempotentCall('order.cancel', memberId, idempotencyKey, { orderId, reason })
    return runIdempotent(em, call, (now) => cancel(em, locked, { now, reason, actor: actor ?? memberId }))
  })
}

async function cancel(
  em: EntityManager,
  { account, order, lines }: LockedOrder,
  { now, actor, reason }: { now: Date; actor: string; reason: string | undefined },
): Promise<OrderView> {
  if (order.status !== 'PAID' && order.status !== 'PENDING_PAYMENT') {
    const details = { orderId: order.id, orderStatus: order.status }
    throw new DomainError('ORDER_NOT_CANCELLABLE', 'This order has ended already.', details)
  }
  const wasPaid = order.status === 'PAID'
  if (wasPaid && !account) throw new Error(`Order ${order.id} was paid from an account that is gone.`)
  order.status = 'CANCELLED'
  order.cancelledAt = now
  order.cancelledBy = actor === order.memberId ? null : actor
  order.cancelReason = reason ?? null
  order.version += 1
  const stock = await returnStock(em, lines, { reason: 'cancellation', actor })
  const refund = { kind: 'REFUND', createdAt: now, actor, reason } as const
  const points = wasPaid && account ? [await moveOrderPoints(em, { account, order }, refund)] : []
  const view = toOrderView(order, lines)
  const data = { order: view, version: order.version, ...(reason && { reason }) }
  await writeChanges(em, now, [{ type: 'order.cancelled', actor, data }, ...stock, ...points])
  return view
}
