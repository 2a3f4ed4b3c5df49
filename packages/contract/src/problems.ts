import { z } from 'zod'
import { orderStatus } from './order.ts'
import { orderId, points, productId, remaining } from './values.ts'

const noDetails = z.object({})

/** One product that an order wants more of than there is. */
export const shortage = z.object({
  productId,
  requested: z.int().min(1).meta({ description: 'How many were wanted', example: 2 }),
  available: remaining,
})

/** One fault of an input: where it is and what is wrong. */
const issue = z.object({
  path: z.array(z.union([z.string(), z.number()])).meta({ example: ['items', 0, 'quantity'] }),
  message: z.string().meta({ example: 'Too small: expected number to be >=1' }),
})

const retryAfterSeconds = z.int().min(1).meta({ description: 'Seconds to wait', example: 1 })

/** Every code of a refusal, with the shape of the details that stand beside it. Closed: nothing else is ever answered. */
export const problemDetails = {
  BAD_REQUEST: z.object({ issues: z.array(issue) }),
  UNAUTHENTICATED: noDetails,
  FORBIDDEN: noDetails,
  NOT_FOUND: noDetails,
  PRODUCT_NOT_FOUND: z.object({ productIds: z.array(productId) }),
  ORDER_NOT_FOUND: z.object({ orderId }),
  OUT_OF_STOCK: z.object({ shortages: z.array(shortage) }),
  INSUFFICIENT_POINTS: z.object({ balance: points, required: points }),
  // Not `status`: beside the members of a problem that name is taken by the HTTP status (RFC 9457).
  ORDER_NOT_PAYABLE: z.object({ orderId, orderStatus }),
  ORDER_NOT_CANCELLABLE: z.object({ orderId, orderStatus }),
  CART_EMPTY: noDetails,
  POINT_LIMIT_EXCEEDED: z.object({ balance: points, limit: points }),
  IDEMPOTENCY_KEY_REUSED: noDetails,
  PAYLOAD_TOO_LARGE: noDetails,
  UNSUPPORTED_MEDIA_TYPE: noDetails,
  TOO_MANY_REQUESTS: z.object({ retryAfterSeconds }),
  UNAVAILABLE: z.object({ retryAfterSeconds }),
  INTERNAL: noDetails,
} as const

export type ProblemCode = keyof typeof problemDetails
export type ProblemDetails<Code extends ProblemCode> = z.output<(typeof problemDetails)[Code]>
export type Shortage = z.output<typeof shortage>

/** The HTTP status of each code. */
export const problemStatus: Record<ProblemCode, number> = {
  BAD_REQUEST: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  PRODUCT_NOT_FOUND: 404,
  ORDER_NOT_FOUND: 404,
  OUT_OF_STOCK: 409,
  INSUFFICIENT_POINTS: 409,
  ORDER_NOT_PAYABLE: 409,
  ORDER_NOT_CANCELLABLE: 409,
  CART_EMPTY: 409,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  POINT_LIMIT_EXCEEDED: 422,
  IDEMPOTENCY_KEY_REUSED: 422,
  TOO_MANY_REQUESTS: 429,
  INTERNAL: 500,
  UNAVAILABLE: 503,
}
