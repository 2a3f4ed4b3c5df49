import { z } from 'zod'
import { count, orderId, orderStatus, points, product, productId, remaining, uuid } from './values.ts'

const noDetails = z.object({})

/** One product that an order wants more of than is in stock. */
export const shortage = z
  .object({
    productId,
    requested: z.int().min(1).meta({ description: 'Quantity that was requested', example: 2 }),
    available: remaining,
  })
  .meta({ id: 'Shortage', description: 'One product that an order wants more of than is in stock.' })

const issue = z
  .object({
    path: z
      .array(z.union([z.string(), z.number()]))
      .meta({ description: 'Where in the input it is', example: ['items', 0, 'quantity'] }),
    message: z
      .string()
      .meta({ description: 'What is wrong, for people', example: 'Too small: expected number to be >=1' }),
  })
  .meta({ id: 'Issue', description: 'One fault of an input.' })

const retryAfter = z.object({
  retryAfterSeconds: z.int().min(1).meta({ description: 'How long to wait, in seconds', example: 1 }),
})

// Not `status`: in a problem that member is the HTTP status (RFC 9457).
const orderInStatus = z.object({ orderId, orderStatus })

interface ProblemRow {
  /** HTTP status. */
  status: number
  description: string
  details: z.ZodObject
}

/** Every problem that the API answers, by its code. The set is closed. */
export const problems = {
  BAD_REQUEST: {
    status: 400,
    description: 'The input is not valid.',
    details: z.object({ issues: z.array(issue).meta({ description: 'What is wrong with the input' }) }),
  },
  UNAUTHENTICATED: {
    status: 401,
    description: 'The token is missing, malformed, forged or expired.',
    details: noDetails,
  },
  FORBIDDEN: { status: 403, description: 'This token does not allow that.', details: noDetails },
  NOT_FOUND: { status: 404, description: 'There is no such path or procedure.', details: noDetails },
  PRODUCT_NOT_FOUND: {
    status: 404,
    description: 'A product is not for sale.',
    details: z.object({
      productIds: z.array(productId).meta({ description: 'Ids of the products that are not for sale' }),
    }),
  },
  ORDER_NOT_FOUND: {
    status: 404,
    description: 'There is no such order, or it belongs to another member.',
    details: z.object({ orderId }),
  },
  EVENT_NOT_FOUND: {
    status: 404,
    description: 'No event of this id waits for its delivery or is a dead letter.',
    details: z.object({
      eventId: uuid.meta({ description: 'Id of the event', example: '019310a4-6f00-7000-8000-000000000002' }),
    }),
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    description: 'The path does not have this method; the header `Allow` lists those that it has.',
    details: noDetails,
  },
  OUT_OF_STOCK: {
    status: 409,
    description: 'Some products are short of stock.',
    details: z.object({ shortages: z.array(shortage).meta({ description: 'Each product that is short' }) }),
  },
  PRICE_CHANGED: {
    status: 409,
    description: 'The total is not the expected one: a price has changed, or a product left the cart.',
    details: z.object({
      expectedTotal: points.meta({ description: 'The `expectedTotal` of the call, in whole KRW', example: 25_800 }),
      total: points.meta({ description: 'The total now, in whole KRW', example: 26_800 }),
    }),
  },
  PRODUCT_CHANGED: {
    status: 409,
    description:
      'Name, price or stock of the product is not the expected one: somebody has changed it, or it was ordered.',
    details: z.object({ product: product.meta({ description: 'The product as it is' }) }),
  },
  INSUFFICIENT_POINTS: {
    status: 409,
    description: 'The balance is smaller than the amount.',
    details: z.object({
      balance: points.meta({ description: 'The balance, in whole KRW', example: 5_000 }),
      required: points.meta({ description: 'The points that are needed, in whole KRW', example: 25_800 }),
    }),
  },
  ORDER_NOT_PAYABLE: {
    status: 409,
    description: 'Only an order that waits for its payment can be paid.',
    details: orderInStatus,
  },
  ORDER_NOT_CANCELLABLE: {
    status: 409,
    description: 'The order is cancelled or expired already.',
    details: orderInStatus,
  },
  TOO_MANY_UNPAID_ORDERS: {
    status: 409,
    description:
      'The member has too many unpaid orders, or too many units of products in them: pay or cancel one first.',
    details: z.object({ limit: count('The limit that would be exceeded: of orders, or of units in all of them', 10) }),
  },
  CART_EMPTY: { status: 409, description: 'The cart is empty.', details: noDetails },
  CURSOR_EXPIRED: {
    status: 410,
    description: 'The changes after this cursor are older than seven days and not kept any more.',
    details: z.object({
      oldest: z.string().meta({ description: 'The oldest cursor from which changes are kept', example: '1.1.u4h.0.0' }),
    }),
  },
  PAYLOAD_TOO_LARGE: {
    status: 413,
    description: 'The body is larger than its limit, usually 256 KiB, or address and headers are too large.',
    details: noDetails,
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    description: 'The body is not `application/json`, or is compressed.',
    details: noDetails,
  },
  POINT_LIMIT_EXCEEDED: {
    status: 422,
    description: 'The balance would exceed its limit.',
    details: z.object({
      balance: points.meta({ description: 'The balance, in whole KRW', example: 90_000 }),
      limit: points.meta({ description: 'The largest balance, in whole KRW', example: Number.MAX_SAFE_INTEGER }),
    }),
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: 422,
    description: 'The idempotency key was used for another request.',
    details: noDetails,
  },
  TOO_MANY_REQUESTS: { status: 429, description: 'Too many calls in this second.', details: retryAfter },
  INTERNAL: {
    status: 500,
    description: 'The server failed; its log has the cause under the request id.',
    details: noDetails,
  },
  UNAVAILABLE: {
    status: 503,
    description: 'The server cannot answer now. It is safe to repeat the call with the same key.',
    details: retryAfter,
  },
} as const satisfies Record<string, ProblemRow>

export type ProblemCode = keyof typeof problems
export type ProblemDetails<Code extends ProblemCode> = z.output<(typeof problems)[Code]['details']>
export type Shortage = z.output<typeof shortage>

/** The members that every problem has (RFC 9457), and the id under which the server logged the request. */
export const problemMembers = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(),
  requestId: z.string(),
})

/** A problem as callers see it: REST answers it as application/problem+json, tRPC carries it in `error.data.problem`. */
export type Problem = {
  [Code in ProblemCode]: z.output<typeof problemMembers> & { code: Code } & ProblemDetails<Code>
}[ProblemCode]
