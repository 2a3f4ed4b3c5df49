import { z } from 'zod'
import { MAX_QUANTITY } from './limits.ts'
import type { ProcedureGroup } from './procedure.ts'
import {
  amount,
  EXAMPLE_MEMBER_ID,
  EXAMPLE_ORDER_ID,
  expectedTotal,
  idempotencyKey,
  MAX_ITEMS,
  MAX_PAGE_LINES,
  memberId,
  orderId,
  orderStatus,
  pageInput,
  pageOf,
  points,
  productId,
  quantity,
  reason,
  staleInput,
  timeOf,
  timestamp,
} from './values.ts'

export const orderItemInput = z
  .strictObject({ productId, quantity })
  .meta({ id: 'Quantity', description: 'A product and how many of it.' })

export const orderItem = z
  .object({
    productId,
    name: z.string().meta({ description: 'Name at the time of the order', example: 'Hallabong tea' }),
    unitPrice: amount.meta({ description: 'Price of one at the time of the order, in whole KRW', example: 12_900 }),
    quantity,
    amount: points.meta({ description: '`unitPrice` × `quantity`, in whole KRW', example: 25_800 }),
  })
  .meta({ id: 'OrderItem', description: 'One product of an order, as it was at the time of the order.' })

export const order = z
  .object({
    id: orderId,
    memberId,
    status: orderStatus,
    items: z.array(orderItem).meta({ description: 'One for each product, by product id' }),
    total: points.meta({ description: 'Sum of the amounts, in whole KRW', example: 25_800 }),
    createdAt: timeOf('When it was placed, ISO 8601, UTC'),
    paidAt: timestamp.nullable().meta({
      description: 'When it was paid, ISO 8601, UTC; null if it was not',
      example: '2026-01-15T03:00:00.000Z',
    }),
    expiresAt: timestamp.nullable().meta({
      description: 'Until when an unpaid order holds its stock, ISO 8601, UTC; null if it was paid at once',
      example: null,
    }),
    cancelledAt: timestamp
      .nullable()
      .meta({ description: 'When it was cancelled, ISO 8601, UTC; null if it was not', example: null }),
  })
  .meta({ id: 'Order', description: 'An order.' })

export const placeOrderInput = z
  .strictObject({
    memberId,
    items: z
      .array(orderItemInput)
      .min(1)
      .max(MAX_ITEMS)
      .superRefine(refuseLargeSums)
      .meta({ description: 'Items of the same product are summed' }),
    payment: z.enum(['now', 'later']).default('now').meta({
      description: '`now` pays from the points at once; `later` holds the stock for 15 minutes',
    }),
    expectedTotal: expectedTotal.optional(),
    idempotencyKey: idempotencyKey.optional(),
  })
  .meta({ id: 'PlaceOrderInput', description: 'What to order, and for whom.' })

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

export const payOrderInput = z
  .strictObject({ orderId, idempotencyKey: idempotencyKey.optional() })
  .meta({ id: 'PayOrderInput', description: 'Which order to pay.' })
const orderByIdInput = z.strictObject({ orderId }).meta({ id: 'OrderByIdInput', description: 'Which order to read.' })
const cancelOrderInput = z
  .strictObject({ orderId, reason: reason.optional(), idempotencyKey: idempotencyKey.optional() })
  .meta({ id: 'CancelOrderInput', description: 'Which order to cancel.' })
export const listOrdersInput = pageInput
  .extend({ memberId, ...staleInput })
  .meta({ id: 'ListOrdersInput', description: 'Whose orders to list, and which page.' })
export const orderPage = pageOf(order).meta({ id: 'OrderPage', description: 'A page of orders.' })

export const orderProcedures = {
  place: {
    input: placeOrderInput,
    output: order,
    access: 'member',
    errors: ['PRODUCT_NOT_FOUND', 'OUT_OF_STOCK', 'PRICE_CHANGED', 'INSUFFICIENT_POINTS', 'TOO_MANY_UNPAID_ORDERS'],
    method: 'POST',
    path: '/order',
    status: 201,
    summary: 'Place an order',
    description:
      'Pays at once from the points, or holds the stock for 15 minutes with `"payment": "later"`. A member may have 10 unpaid ' +
      'orders of 1,000 units of products in all, unless the shop sets other limits.',
    returns: 'The order',
    example: { memberId: EXAMPLE_MEMBER_ID, items: [{ productId: 1, quantity: 2 }] },
  },
  cancel: {
    input: cancelOrderInput,
    output: order,
    access: 'owner',
    errors: ['ORDER_NOT_FOUND', 'ORDER_NOT_CANCELLABLE', 'POINT_LIMIT_EXCEEDED'],
    method: 'POST',
    path: '/order/{orderId}/cancel',
    summary: 'Cancel an order',
    description: 'Returns the points and the stock of a paid order, once. An unpaid order only returns its stock.',
    returns: 'The cancelled order',
    example: { orderId: EXAMPLE_ORDER_ID },
  },
  byId: {
    input: orderByIdInput,
    output: order,
    access: 'owner',
    errors: ['ORDER_NOT_FOUND'],
    method: 'GET',
    path: '/order/{orderId}',
    summary: 'Read an order',
    returns: 'The order',
    example: { orderId: EXAMPLE_ORDER_ID },
  },
  list: {
    input: listOrdersInput,
    output: orderPage,
    access: 'member',
    method: 'GET',
    path: '/order',
    summary: "List a member's orders",
    description: `A page ends before \`limit\` where its orders would have more than ${MAX_PAGE_LINES} items together; \`nextCursor\` continues it.`,
    returns: 'Orders, newest first',
    example: { memberId: EXAMPLE_MEMBER_ID },
  },
} as const satisfies ProcedureGroup

export const paymentProcedures = {
  pay: {
    input: payOrderInput,
    output: order,
    access: 'owner',
    errors: ['ORDER_NOT_FOUND', 'ORDER_NOT_PAYABLE', 'INSUFFICIENT_POINTS'],
    method: 'POST',
    path: '/pay',
    summary: 'Pay an order',
    description: 'Pays an order that was placed with `"payment": "later"`, while its stock is still held.',
    returns: 'The paid order',
    example: { orderId: EXAMPLE_ORDER_ID },
  },
} as const satisfies ProcedureGroup

export type OrderView = z.output<typeof order>
export type OrderItem = z.output<typeof orderItem>
export type OrderItemInput = z.output<typeof orderItemInput>
export type OrderStatus = z.output<typeof orderStatus>
export type PlaceOrderInput = z.output<typeof placeOrderInput>
export type ListOrdersInput = z.output<typeof listOrdersInput>
