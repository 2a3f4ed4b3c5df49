import type { OrderIdInput, ProductIdInput } from './names.ts'
import type { OrderStatus } from './values.ts'

/**
 * One product that was wanted more of than there is.
 * @example const lacking = ({ requested, available }: Shortage) => requested - available
 */
export interface Shortage extends ProductIdInput {
  /** How many were wanted. */
  requested: number
  /** How many there are. */
  available: number
}

/**
 * One fault of an input.
 * @example const line = ({ path, message }: Issue) => `${path.join('.')}: ${message}`
 */
export interface Issue {
  /** Where it is, such as `['items', 0, 'quantity']`. */
  path: (string | number)[]
  /** What is wrong, for people. */
  message: string
}

export type None = Record<never, never>

interface RefusedOrder extends OrderIdInput {
  /** Where it stands. */
  orderStatus: OrderStatus
}

export interface RetryAfter {
  /** How long to wait, in seconds. */
  retryAfterSeconds: number
}

/**
 * Every code that the server refuses a call with, and its details. Points are whole KRW.
 * @example type Required = Problems['INSUFFICIENT_POINTS']['required']
 */
export interface Problems {
  /** The input is not valid. */
  BAD_REQUEST: {
    /** What is wrong with it. */
    issues: Issue[]
  }
  /** The token is missing, malformed, forged or expired. */
  UNAUTHENTICATED: None
  /** This token does not allow that. */
  FORBIDDEN: None
  /** The server has no such procedure. */
  NOT_FOUND: None
  /** These products are not for sale. */
  PRODUCT_NOT_FOUND: {
    /** Which ones. */
    productIds: number[]
  }
  /** There is no such order, or it is somebody else's. */
  ORDER_NOT_FOUND: OrderIdInput
  /** Less is left than is wanted. */
  OUT_OF_STOCK: {
    /** Of which products. */
    shortages: Shortage[]
  }
  /** The member has fewer points than it takes. */
  INSUFFICIENT_POINTS: {
    /** What there is. */
    balance: number
    /** What it takes. */
    required: number
  }
  /** The order is paid, cancelled or expired. */
  ORDER_NOT_PAYABLE: RefusedOrder
  /** The order is cancelled or expired. */
  ORDER_NOT_CANCELLABLE: RefusedOrder
  /** There is nothing to order. */
  CART_EMPTY: None
  /** The balance would grow beyond its limit. */
  POINT_LIMIT_EXCEEDED: {
    /** What there is. */
    balance: number
    /** The most there may be. */
    limit: number
  }
  /** The idempotency key belongs to another call. */
  IDEMPOTENCY_KEY_REUSED: None
  /** The request is too large. */
  PAYLOAD_TOO_LARGE: None
  /** The server takes JSON only. */
  UNSUPPORTED_MEDIA_TYPE: None
  /** Calls came too fast, for as long as the client tried. */
  TOO_MANY_REQUESTS: RetryAfter
  /** The server was overloaded or stopping, for as long as the client tried. */
  UNAVAILABLE: RetryAfter
  /** The server's fault; its log has the cause under the request id. */
  INTERNAL: None
}

/**
 * A code that the server refuses a call with.
 * @example const sold: ProblemCode = 'OUT_OF_STOCK'
 */
export type ProblemCode = keyof Problems

/**
 * A refusal as it stands in tRPC's `error.data.problem` (RFC 9457).
 * @example const line = ({ status, detail }: Problem) => `${status} ${detail}`
 */
export type Problem = {
  [Code in ProblemCode]: {
    /** Names the code, as an address. */
    type: string
    /** The code in words. */
    title: string
    /** HTTP status. */
    status: number
    /** What went wrong, for people. */
    detail: string
    /** Why the call was refused. */
    code: Code
    /** Finds the request in the server's log. */
    requestId: string
  } & Problems[Code]
}[ProblemCode]
