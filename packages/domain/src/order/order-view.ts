import type { OrderView } from '@jumun/contract'
import type { Order } from './order.entity.ts'
import type { OrderLine } from './order-line.entity.ts'

/** An order's own facts, without its lines. */
export type OrderFacts = Pick<
  Order,
  'id' | 'memberId' | 'status' | 'total' | 'createdAt' | 'paidAt' | 'expiresAt' | 'cancelledAt'
>

/** The facts of one line. */
export type OrderLineFacts = Pick<OrderLine, 'productId' | 'name' | 'unitPrice' | 'quantity'>

/** An order as callers and the data platform see it. */
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
