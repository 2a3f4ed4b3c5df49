import { hash } from 'node:crypto'
import { isJumunError, type JumunClient, type Order, type PointBalance } from '@jumun/client'

/** A call with an idempotency key: all that is needed to repeat it. */
export type KeyedCall = { memberId: string; key: string } & (
  | { kind: 'place'; input: { items: { productId: number; quantity: number }[]; payment: 'now' | 'later' } }
  | { kind: 'checkout'; input: Record<never, never> }
  | { kind: 'pay'; input: { orderId: string } }
  | { kind: 'charge' | 'use'; input: { amount: number } }
)

/** The outcome of a call as its caller knows it. */
export type CallOutcome =
  | { state: 'acknowledged'; answer: Order | PointBalance }
  /** It had no effect, and its key is unused. */
  | { state: 'refused'; code: string }
  /** No answer until the client's timeout. */
  | { state: 'unknown' }
  /** An error that this call must never get. */
  | { state: 'wrong'; violation: string }

const REFUSALS = ['OUT_OF_STOCK', 'INSUFFICIENT_POINTS', 'CART_EMPTY', 'ORDER_NOT_PAYABLE'] as const

/** Makes a call through the client, which retries it. */
export async function makeCall(client: JumunClient, call: KeyedCall): Promise<CallOutcome> {
  try {
    return { state: 'acknowledged', answer: await send(client, call) }
  } catch (error) {
    if (isJumunError(error, ...REFUSALS)) return { state: 'refused', code: error.code }
    if (isOutcomeUnknown(error)) return { state: 'unknown' }
    return { state: 'wrong', violation: `${call.kind} with key ${call.key}: ${describe(error)}` }
  }
}

/** Whether a call that failed with this error may have had its effect. */
export function isOutcomeUnknown(error: unknown): boolean {
  return isJumunError(error, 'UNAVAILABLE', 'UNREACHABLE')
}

/** An error as one line of text. */
export function describe(error: unknown): string {
  if (isJumunError(error)) return `${error.code} ${error.message} (request ${error.requestId})`
  return String(error)
}

function send(client: JumunClient, call: KeyedCall): Promise<Order | PointBalance> {
  const { memberId, key: idempotencyKey } = call
  switch (call.kind) {
    case 'place':
      return client.order.place.mutate({ ...call.input, memberId, idempotencyKey })
    case 'checkout':
      return client.cart.checkout.mutate({ memberId, idempotencyKey })
    case 'pay':
      return client.payment.pay.mutate({ ...call.input, idempotencyKey })
    case 'charge':
      return client.point.charge.mutate({ ...call.input, memberId, idempotencyKey })
    case 'use':
      return client.point.use.mutate({ ...call.input, memberId, idempotencyKey })
  }
}

/** Whether an answer is an order and not a balance. */
export function isOrder(answer: Order | PointBalance): answer is Order {
  return 'items' in answer
}

/** The lines of an order as text: product, quantity and unit price, sorted by product. */
export function linesOf({ items }: Pick<Order, 'items'>): string {
  return items
    .toSorted((a, b) => a.productId - b.productId)
    .map((item) => `${item.productId}:${item.quantity}:${item.unitPrice}`)
    .join()
}

/** A short text that two answers share if and only if they have the same content. */
export function fingerprintOf(answer: Order | PointBalance): string {
  if (!isOrder(answer)) return `${answer.memberId} ${answer.balance}`
  const { id, memberId, status, total, createdAt, paidAt, expiresAt, cancelledAt, items } = answer
  const names = items.map((item) => [item.name, item.amount])
  // A fault moves the time of expiry in the database, and later answers show the moved time.
  const expires = expiresAt !== null
  const facts = [id, memberId, status, total, createdAt, paidAt, expires, cancelledAt, linesOf(answer), names]
  return hash('md5', JSON.stringify(facts), 'base64url')
}
