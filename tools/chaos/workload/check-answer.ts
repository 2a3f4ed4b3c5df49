import type { Order, PointBalance } from '@jumun/client'
import { isOrder, type KeyedCall, linesOf } from './calls.ts'
import type { Fixture } from './fixture.ts'

/** Returns what is wrong with an answer to a call, or undefined if it is right. */
export function checkAnswer(fixture: Fixture, call: KeyedCall, answer: Order | PointBalance): string | undefined {
  const violation = isOrder(answer) ? checkOrder(fixture, call, answer) : checkBalance(call, answer)
  return violation && `${call.kind} with key ${call.key}: ${violation}`
}

function checkBalance(call: KeyedCall, { memberId, balance }: PointBalance): string | undefined {
  if (call.kind !== 'charge' && call.kind !== 'use') return 'The answer is a balance instead of an order.'
  if (memberId !== call.memberId) return `The balance belongs to another member, ${memberId}.`
  return balance >= 0 ? undefined : `The balance is ${balance}.`
}

function checkOrder(fixture: Fixture, call: KeyedCall, order: Order): string | undefined {
  if (order.memberId !== call.memberId) return `The order belongs to another member, ${order.memberId}.`
  const status = call.kind === 'place' && call.input.payment === 'later' ? 'PENDING_PAYMENT' : 'PAID'
  if (order.status !== status) return `The order is ${order.status}.`
  if (call.kind === 'place' && linesOf(order) !== expectedLines(fixture, call.input.items)) {
    return `Ordered ${JSON.stringify(call.input.items)} and got ${linesOf(order)}.`
  }
  if (call.kind === 'pay' && order.id !== call.input.orderId.toLowerCase())
    return `The answer is another order, ${order.id}.`
  const total = order.items.reduce((sum, item) => sum + item.unitPrice * item.quantity, 0)
  return order.total === total ? undefined : `The total is ${order.total}, not ${total}.`
}

function expectedLines(fixture: Fixture, items: { productId: number; quantity: number }[]): string {
  const quantities = new Map<number, number>()
  for (const { productId, quantity } of items) {
    quantities.set(productId, (quantities.get(productId) ?? 0) + quantity)
  }
  return linesOf({
    items: [...quantities].map(([productId, quantity]) => {
      const unitPrice = fixture.priceOf(productId) ?? 0
      return { productId, quantity, unitPrice, name: '', amount: unitPrice * quantity }
    }),
  })
}
