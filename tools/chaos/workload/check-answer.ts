import type { Order, PointBalance } from '@jumun/client'
import { isOrder, type KeyedCall, linesOf } from './calls.ts'
import type { Market } from './fixture.ts'

/** What is wrong with an answer to a call, in a sentence; undefined when nothing is. */
export function checkAnswer(market: Market, call: KeyedCall, answer: Order | PointBalance): string | undefined {
  const complaint = isOrder(answer) ? checkOrder(market, call, answer) : checkBalance(call, answer)
  return complaint && `${call.kind} with key ${call.key}: ${complaint}`
}

function checkBalance(call: KeyedCall, { memberId, balance }: PointBalance): string | undefined {
  if (call.kind !== 'charge' && call.kind !== 'use') return 'A balance is no answer to that.'
  if (memberId !== call.memberId) return `The balance of another member, ${memberId}.`
  return balance >= 0 ? undefined : `The balance is ${balance}.`
}

function checkOrder(market: Market, call: KeyedCall, order: Order): string | undefined {
  if (order.memberId !== call.memberId) return `The order of another member, ${order.memberId}.`
  const status = call.kind === 'place' && call.input.payment === 'later' ? 'PENDING_PAYMENT' : 'PAID'
  if (order.status !== status) return `The order is ${order.status}.`
  if (call.kind === 'place' && linesOf(order) !== wantedLines(market, call.input.items)) {
    return `Ordered ${JSON.stringify(call.input.items)} and got ${linesOf(order)}.`
  }
  if (call.kind === 'pay' && order.id !== call.input.orderId) return `Another order, ${order.id}.`
  const total = order.items.reduce((sum, item) => sum + item.unitPrice * item.quantity, 0)
  return order.total === total ? undefined : `The total is ${order.total}, not ${total}.`
}

function wantedLines(market: Market, items: { productId: number; quantity: number }[]): string {
  const quantities = new Map<number, number>()
  for (const { productId, quantity } of items) {
    quantities.set(productId, (quantities.get(productId) ?? 0) + quantity)
  }
  return linesOf({
    items: [...quantities].map(([productId, quantity]) => {
      const unitPrice = market.priceOf(productId) ?? 0
      return { productId, quantity, unitPrice, name: '', amount: unitPrice * quantity }
    }),
  })
}
