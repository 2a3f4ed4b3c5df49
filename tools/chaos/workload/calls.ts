import { hash } from 'node:crypto'
import { isJumunError, type JumunClient, type Order, type PointBalance } from '@jumun/client'

/** A call that has its effect once, whatever happens: all that it takes to make it again. */
export type KeyedCall = { memberId: string; key: string } & (
  | { kind: 'place'; input: { items: { productId: number; quantity: number }[]; payment: 'now' | 'later' } }
  | { kind: 'checkout'; input: Record<never, never> }
  | { kind: 'pay'; input: { orderId: string } }
  | { kind: 'charge' | 'use'; input: { amount: number } }
)

/** What became of a call, as far as its caller was told. */
export type CallOutcome =
  | { state: 'acknowledged'; answer: Order | PointBalance }
  /** It has had no effect, and the key is not used up. */
  | { state: 'refused'; code: string }
  /** No answer in all the time that the client had. */
  | { state: 'unknown' }
  /** An answer that nobody should ever get. */
  | { state: 'wrong'; complaint: string }

const REFUSALS = ['OUT_OF_STOCK', 'INSUFFICIENT_POINTS', 'CART_EMPTY', 'ORDER_NOT_PAYABLE'] as const

/** Makes a call through the client, with its retries. */
export async function makeCall(client: JumunClient, call: KeyedCall): Promise<CallOutcome> {
  try {
    return { state: 'acknowledged', answer: await send(client, call) }
  } catch (error) {
    if (isJumunError(error, ...REFUSALS)) return { state: 'refused', code: error.code }
    if (isNoAnswer(error)) return { state: 'unknown' }
    return { state: 'wrong', complaint: `${call.kind} with key ${call.key}: ${describe(error)}` }
  }
}

/** Whether an error leaves open what became of the call. */
export function isNoAnswer(error: unknown): boolean {
  return isJumunError(error, 'UNAVAILABLE', 'UNREACHABLE')
}

/** An error in a few words. */
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

/** Whether an answer is an order; else it is a balance. */
export function isOrder(answer: Order | PointBalance): answer is Order {
  return 'items' in answer
}

/** The lines of an order as text: product, quantity and unit price of each, by product. */
export function linesOf({ items }: Pick<Order, 'items'>): string {
  return items
    .toSorted((a, b) => a.productId - b.productId)
    .map((item) => `${item.productId}:${item.quantity}:${item.unitPrice}`)
    .join()
}

/** A short text that is the same for two answers if, and only if, they say the same. */
export function fingerprintOf(answer: Order | PointBalance): string {
  if (!isOrder(answer)) return `${answer.memberId} ${answer.balance}`
  const { id, memberId, status, total, createdAt, paidAt, expiresAt, cancelledAt, items } = answer
  const names = items.map((item) => [item.name, item.amount])
  const facts = [id, memberId, status, total, createdAt, paidAt, expiresAt, cancelledAt, linesOf(answer), names]
  return hash('md5', JSON.stringify(facts), 'base64url')
}
