import { z } from 'zod'
import {
  amount,
  idempotencyKey,
  MAX_ITEMS,
  MAX_QUANTITY,
  memberId,
  orderId,
  pageInput,
  pageOf,
  points,
  productId,
  quantity,
  timestamp,
} from './values.ts'

/** Where an order stands. */
export const orderStatus = z
  .enum(['PENDING_PAYMENT', 'PAID', 'CANCELLED', 'EXPIRED'])
  .meta({ description: 'Where the order stands', example: 'PAID' })

/** A product and how many of it. */
export const orderItemInput = z.strictObject({ productId, quantity })

/** One product of an order, with its name and price as they were when it was ordered. */
export const orderItem = z
  .object({
    productId,
    name: z.string().meta({
      description: 'Name when it was ordered',
      example: 'Hallabong tea',
    }),
    unitPrice: amount.meta({ description: 'Price when it was ordered, in whole KRW', example: 12_900 }),
    quantity,
    amount: points.meta({
      description: 'unitPrice × quantity, in whole KRW',
      example: 25_800,
    }),
  })
  .meta({ id: 'OrderItem' })

export const order = z
  .object({
    id: orderId,
    memberId,
    status: orderStatus,
    items: z.array(orderItem),
    total: points.meta({
      description: 'Sum of the amounts, in whole KRW',
      example: 25_800,
    }),
    createdAt: timestamp,
    paidAt: timestamp.nullable().meta({ description: 'When it was paid', example: '2026-01-15T03:00:00.000Z' }),
    expiresAt: timestamp.nullable().meta({
      description: 'Until when an unpaid order holds its stock',
      example: null,
    }),
    cancelledAt: timestamp.nullable().meta({ description: 'When it was cancelled', example: null }),
  })
  .meta({ id: 'Order' })

export const placeOrderInput = z.strictObject({
  memberId,
  items: z.array(orderItemInput).min(1).max(MAX_ITEMS).superRefine(refuseLargeSums),
  payment: z.enum(['now', 'later']).default('now').meta({
    description: '`now` pays from the points at once; `later` holds the stock for 15 minutes',
  }),
  idempotencyKey: idempotencyKey.optional(),
})

/** Items of the same product are summed, and the sum is a quantity too. */
function refuseLargeSums(items: OrderItemInput[], context: z.core.$RefinementCtx<OrderItemInput[]>): void {
  const sums = new Map<number, number>()
  for (const [index, item] of items.entries()) {
    const sum = (sums.get(item.productId) ?? 0) + item.quantity
    sums.set(item.productId, sum)
    if (sum > MAX_QUANTITY) {
      const message = `Too big: all items of product ${item.productId} together must be <=${MAX_QUANTITY}`
      context.addIssue({ code: 'custom', path: [index, 'quantity'], message })
      return
    }
  }
}

export const orderByIdInput = z.strictObject({ orderId })
export const payOrderInput = z.strictObject({
  orderId,
  idempotencyKey: idempotencyKey.optional(),
})
export const cancelOrderInput = z.strictObject({ orderId })
export const listOrdersInput = pageInput.extend({ memberId })
export const orderPage = pageOf(order)

export type OrderView = z.output<typeof order>
export type OrderItem = z.output<typeof orderItem>
export type OrderItemInput = z.output<typeof orderItemInput>
export type OrderStatus = z.output<typeof orderStatus>
export type PlaceOrderInput = z.output<typeof placeOrderInput>
export type ListOrdersInput = z.output<typeof listOrdersInput>
