import { setTimeout as sleep } from 'node:timers/promises'
import { isJumunError, type Order } from '@jumun/client'
import type { Random } from '../random.ts'
import { type CallOutcome, describe, fingerprintOf, isNoAnswer, isOrder, type KeyedCall, makeCall } from './calls.ts'
import { checkAnswer } from './check-answer.ts'
import type { Market } from './fixture.ts'
import type { Journal } from './history.ts'

const POOR_SHARE = 0.06
const HOT_SHARE = 0.2
const SCARCE_SHARE = 0.05
const RECENT_MAX = 20
const CANCEL_ATTEMPTS_MAX = 3
const CANCEL_PAUSE_MS = 500
const RESTOCK = 100

/** Somebody who buys: one thing after the other. */
export interface Shopper {
  market: Market
  journal: Journal
  random: Random
  /** A key that nobody has used. */
  nextKey(): string
  /** The last orders that were paid, to be cancelled perhaps. */
  recent: Order[]
}

/** Orders one to four things, pays at once. */
export async function order(shopper: Shopper): Promise<void> {
  const placed = await perform(shopper, placing(shopper, 'now'))
  if (placed) remember(shopper, placed)
}

/** Orders, and then pays, cancels, or does nothing more. */
export async function orderForLater(shopper: Shopper): Promise<void> {
  const { random } = shopper
  const placed = await perform(shopper, placing(shopper, 'later'))
  if (!placed) return
  const { id: orderId, memberId } = placed
  if (random.chance(0.6)) await perform(shopper, { kind: 'pay', memberId, key: shopper.nextKey(), input: { orderId } })
  else if (random.chance(0.5)) await cancelOrder(shopper, placed)
}

/** Cancels something that was bought lately. */
export async function cancel(shopper: Shopper): Promise<void> {
  const placed = shopper.recent.pop()
  if (placed) await cancelOrder(shopper, placed)
}

/** Puts things into a cart and orders what is in it, be it somebody else's. */
export async function checkOut(shopper: Shopper): Promise<void> {
  const { market, random } = shopper
  const memberId = someMember(shopper)
  for (let things = random.int(1, 3); things > 0; things--) {
    const item = { memberId, productId: someWare(shopper), quantity: random.int(1, 3) }
    await unkeyed(shopper, () => market.client(memberId).cart.addItem.mutate(item))
  }
  const placed = await perform(shopper, { kind: 'checkout', memberId, key: shopper.nextKey(), input: {} })
  if (placed) remember(shopper, placed)
  // What cannot be bought now would fill the cart up.
  else await unkeyed(shopper, () => market.client(memberId).cart.clear.mutate({ memberId }))
}

/** Adds points; the poor are given a little more often. */
export async function charge(shopper: Shopper): Promise<void> {
  const memberId = shopper.random.pick(shopper.random.chance(0.8) ? shopper.market.poor : shopper.market.rich)
  const amount = shopper.random.int(1, 9) * 1_000
  await perform(shopper, { kind: 'charge', memberId, key: shopper.nextKey(), input: { amount } })
}

/** Takes points away. */
export async function usePoints(shopper: Shopper): Promise<void> {
  const input = { amount: shopper.random.int(1, 500) }
  await perform(shopper, { kind: 'use', memberId: someMember(shopper), key: shopper.nextKey(), input })
}

/** Orders with one key twice at the same moment, as an impatient finger does. */
export async function orderTwice(shopper: Shopper): Promise<void> {
  const { market, journal, random } = shopper
  // Where there is no account to be locked, nothing but the key itself stands between the two.
  const stranger = { ...placing(shopper, 'later'), memberId: `twice-${shopper.nextKey()}` }
  const call = random.chance(0.5) ? placing(shopper, 'now') : stranger
  const first = makeCall(market.client(call.memberId), call)
  // In one tick, the client would send both in one request.
  await sleep(1)
  const outcomes = await Promise.all([first, makeCall(market.client(call.memberId), call)])
  const answers = outcomes.flatMap((outcome) => (outcome.state === 'acknowledged' ? [outcome.answer] : []))
  if (new Set(answers.map(fingerprintOf)).size > 1) journal.complain(`Two answers to key ${call.key}.`)
  // Where one was refused and the other one served, the key has had its effect.
  const told = ['wrong', 'acknowledged', 'unknown', 'refused'] as const
  const outcome = told.flatMap((state) => outcomes.filter((one) => one.state === state))[0]
  if (outcome) note(shopper, call, outcome)
}

/**
 * Orders without a key, once and never again: it has one order then, or none. Each time it is another member, by whom to tell
 * whether there are two.
 */
export async function orderWithoutKey(shopper: Shopper): Promise<void> {
  const { market, journal } = shopper
  const memberId = `once-${shopper.nextKey()}`
  const orderId = await market.orderWithoutKey(memberId, someWare(shopper))
  if (orderId !== undefined) journal.noteOnce(memberId, orderId)
}

/** Puts a scarce product in stock again. */
export async function restock({ market, journal, random }: Shopper): Promise<void> {
  const { id: productId } = random.pick(market.scarce)
  try {
    await market.admin.product.update.mutate({ productId, stockDelta: RESTOCK })
    journal.noteRestock(productId, RESTOCK, true)
  } catch (error) {
    if (isNoAnswer(error)) journal.noteRestock(productId, RESTOCK, false)
    else journal.complain(`restock: ${describe(error)}`)
  }
}

/** Reads what a shopper looks at. */
export async function look(shopper: Shopper): Promise<void> {
  const { market, random } = shopper
  const memberId = someMember(shopper)
  const client = market.client(memberId)
  const productId = someWare(shopper)
  const reads = [
    () => client.product.byId.query({ productId }),
    () => client.point.balance.query({ memberId }),
    () => client.order.list.query({ memberId, limit: 5 }),
    () => client.popular.products.query({}),
  ]
  await unkeyed(shopper, random.pick(reads))
}

function someMember({ market, random }: Shopper): string {
  return random.pick(random.chance(POOR_SHARE) ? market.poor : market.rich)
}

function someWare({ market, random }: Shopper): number {
  if (random.chance(HOT_SHARE)) return market.plain[0]?.id ?? 0
  return random.pick(random.chance(SCARCE_SHARE) ? market.scarce : market.plain).id
}

function placing(shopper: Shopper, payment: 'now' | 'later'): KeyedCall {
  const { random } = shopper
  const items = Array.from({ length: random.pick([1, 1, 1, 2, 2, 3, 4]) }, () => ({
    productId: someWare(shopper),
    quantity: random.int(1, 3),
  }))
  return { kind: 'place', memberId: someMember(shopper), key: shopper.nextKey(), input: { items, payment } }
}

async function perform(shopper: Shopper, call: KeyedCall): Promise<Order | undefined> {
  const outcome = await makeCall(shopper.market.client(call.memberId), call)
  note(shopper, call, outcome)
  return outcome.state === 'acknowledged' && isOrder(outcome.answer) ? outcome.answer : undefined
}

function note({ market, journal }: Shopper, call: KeyedCall, outcome: CallOutcome): void {
  const complaint = outcome.state === 'acknowledged' && checkAnswer(market, call, outcome.answer)
  if (complaint) journal.complain(complaint)
  journal.note(call, outcome)
}

function remember({ recent }: Shopper, placed: Order): void {
  recent.push(placed)
  if (recent.length > RECENT_MAX) recent.shift()
}

/** A call without a key: what is lost is lost. */
async function unkeyed({ journal }: Shopper, call: () => Promise<unknown>): Promise<void> {
  try {
    await call()
  } catch (error) {
    if (!isNoAnswer(error)) journal.complain(describe(error))
  }
}

/** A cancellation has no key: whoever is not answered asks again, and is told then that the order has ended. */
async function cancelOrder({ market, journal }: Shopper, { id: orderId, memberId }: Order): Promise<void> {
  for (let attempt = 1; attempt <= CANCEL_ATTEMPTS_MAX; attempt++) {
    try {
      const { status } = await market.client(memberId).order.cancel.mutate({ orderId })
      if (status !== 'CANCELLED') journal.complain(`Order ${orderId} was cancelled and is ${status}.`)
      return journal.noteCancel(orderId, true)
    } catch (error) {
      if (isJumunError(error, 'ORDER_NOT_CANCELLABLE')) {
        return journal.noteCancel(orderId, error.details.orderStatus === 'CANCELLED')
      }
      if (!isNoAnswer(error)) journal.complain(`cancel of ${orderId}: ${describe(error)}`)
      await sleep(CANCEL_PAUSE_MS)
    }
  }
  journal.noteCancel(orderId, false)
}
