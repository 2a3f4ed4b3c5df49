import type { OrderView } from '@jumun/contract'
import type { Order } from './order.entity.ts'
import type { OrderLine } from './order-line.entity.ts'

/** The columns of an order that callers see. */
type OrderFacts = Pick<
  Order,
  'id' | 'memberId' | 'status' | 'total' | 'createdAt' | 'paidAt' | 'expiresAt' | 'cancelledAt'
>

/** The columns of an order line that callers see. */
export type OrderLineFacts = Pick<OrderLine, 'productId' | 'name' | 'unitPrice' | 'quantity'>

/** Converts an order to the form that callers and the data platform see. */
export function toOrderView(order: OrderFacts, lines: OrderLineFacts[]): OrderView {
  return {
    id: order.id,
    memberId: order.memberId,
    status: order.status,
    items: lines.map(({ productId, name, unitPrice, quantity }) => ({
      productId,
      name,
      unitPrice,
      quantity,
      amount: unitPrice * quantity,
    })),
    total: order.total,
    createdAt: order.createdAt.toISOString(),
    paidAt: order.paidAt?.toISOString() ?? null,
    expiresAt: order.expiresAt?.toISOString() ?? null,
    cancelledAt: order.cancelledAt?.toISOString() ?? null,
  }
}

/** An order as it is when it is placed: paid, unless it has a time until which it may be paid. */
export function toPlacedView(
  order: Pick<OrderFacts, 'id' | 'memberId' | 'total' | 'createdAt' | 'expiresAt'>,
  lines: OrderLineFacts[],
): OrderView {
  const paid = order.expiresAt === null
  const state = { status: paid ? 'PAID' : 'PENDING_PAYMENT', paidAt: paid ? order.createdAt : null } as const
  return toOrderView({ ...order, ...state, cancelledAt: null }, lines)
}
