import { setTimeout as sleep } from 'node:timers/promises'
import { isJumunError, type Order } from '@jumun/client'
import type { Random } from '../random.ts'
import {
  type CallOutcome,
  describe,
  fingerprintOf,
  isOrder,
  isOutcomeUnknown,
  type KeyedCall,
  makeCall,
} from './calls.ts'
import { checkAnswer } from './check-answer.ts'
import type { Fixture } from './fixture.ts'
import type { History } from './history.ts'
import { respell } from './spelling.ts'

const POOR_PROBABILITY = 0.06
const HOT_PROBABILITY = 0.2
const SCARCE_PROBABILITY = 0.05
const RECENT_MAX = 20
const CANCEL_ATTEMPTS_MAX = 3
const CANCEL_PAUSE_MS = 500
const RESTOCK = 100

/** What an operation of a caller needs. */
export interface Caller {
  fixture: Fixture
  history: History
  /** The random generator of this operation. */
  random: Random
  /** An idempotency key that is unique in the run. */
  nextKey(): string
  /** The caller's last paid orders, which `cancel` draws on. */
  recent: Order[]
}

/** Orders one to four products and pays at once. */
export async function order(caller: Caller): Promise<void> {
  const placed = await perform(caller, drawOrder(caller, 'now'))
  if (placed) addRecent(caller, placed)
}

/** Orders with payment later, then pays, cancels or leaves the order unpaid. */
export async function orderForLater(caller: Caller): Promise<void> {
  const { random } = caller
  const placed = await perform(caller, drawOrder(caller, 'later'))
  if (!placed) return
  const { memberId } = placed
  const orderId = respell(random, placed.id)
  if (random.chance(0.6)) await perform(caller, { kind: 'pay', memberId, key: caller.nextKey(), input: { orderId } })
  else if (random.chance(0.5)) await cancelOrder(caller, placed)
}

/** Cancels the caller's last paid order. */
export async function cancel(caller: Caller): Promise<void> {
  const placed = caller.recent.pop()
  if (placed) await cancelOrder(caller, placed)
}

/** Adds products to a member's cart and orders it, with whatever other callers added for the same member. */
export async function checkout(caller: Caller): Promise<void> {
  const { fixture, random } = caller
  const memberId = drawMember(caller)
  const { cart } = fixture.client(memberId)
  for (let count = random.int(1, 3); count > 0; count--) {
    const item = { memberId, productId: drawProduct(caller), quantity: random.int(1, 3) }
    await callUnrecorded(caller, () => cart.addItem.mutate(item))
  }
  const placed = await perform(caller, { kind: 'checkout', memberId, key: caller.nextKey(), input: {} })
  if (placed) addRecent(caller, placed)
  // Items that cannot be bought now would fill the cart.
  else await callUnrecorded(caller, () => cart.clear.mutate({ memberId }))
}

/** Charges points, mostly to poor members. */
export async function charge(caller: Caller): Promise<void> {
  const { fixture, random } = caller
  const memberId = random.pick(random.chance(0.8) ? fixture.poor : fixture.rich)
  const amount = random.int(1, 9) * 1_000
  await perform(caller, { kind: 'charge', memberId, key: caller.nextKey(), input: { amount } })
}

/** Uses points without an order. */
export async function usePoints(caller: Caller): Promise<void> {
  const input = { amount: caller.random.int(1, 500) }
  await perform(caller, { kind: 'use', memberId: drawMember(caller), key: caller.nextKey(), input })
}

/** Sends two orders with one key at the same time, like a double click. */
export async function orderTwice(caller: Caller): Promise<void> {
  const { fixture, history, random } = caller
  // A member without an account has no account lock, so only the key prevents a second order.
  const newMember = { ...drawOrder(caller, 'later'), memberId: `twice-${caller.nextKey()}` }
  const call = random.chance(0.5) ? drawOrder(caller, 'now') : newMember
  const first = makeCall(fixture.client(call.memberId), call)
  // The client would batch two calls of the same tick into one request.
  await sleep(1)
  const outcomes = await Promise.all([first, makeCall(fixture.client(call.memberId), call)])
  const answers = outcomes.flatMap((outcome) => (outcome.state === 'acknowledged' ? [outcome.answer] : []))
  if (new Set(answers.map(fingerprintOf)).size > 1) history.recordViolation(`Two answers to key ${call.key}.`)
  // If one call was refused and the other acknowledged, the key is used.
  const precedence = ['wrong', 'acknowledged', 'unknown', 'refused'] as const
  const outcome = precedence.flatMap((state) => outcomes.filter((one) => one.state === state))[0]
  if (outcome) record(caller, call, outcome)
}

/** Orders once without a key, for a member of its own, so that the checker can find a second order. */
export async function orderWithoutKey(caller: Caller): Promise<void> {
  const { fixture, history } = caller
  const memberId = `unkeyed-${caller.nextKey()}`
  const orderId = await fixture.orderWithoutKey(memberId, drawProduct(caller))
  if (orderId !== undefined) history.recordUnkeyedOrder(memberId, orderId)
}

/** Adds stock to a scarce product. */
export async function restock({ fixture, history, random }: Caller): Promise<void> {
  const { id: productId } = random.pick(fixture.scarce)
  try {
    await fixture.admin.product.update.mutate({ productId, stockDelta: RESTOCK })
    history.recordRestock(productId, RESTOCK, true)
  } catch (error) {
    if (isOutcomeUnknown(error)) history.recordRestock(productId, RESTOCK, false)
    else history.recordViolation(`restock: ${describe(error)}`)
  }
}

/** Reads a product, a balance, orders, the caller's last order or the popular products. */
export async function read(caller: Caller): Promise<void> {
  const { fixture, random } = caller
  const memberId = drawMember(caller)
  const client = fixture.client(memberId)
  const productId = drawProduct(caller)
  const reads = [
    () => client.product.byId.query({ productId }),
    () => client.point.balance.query({ memberId }),
    () => client.order.list.query({ memberId, limit: 5 }),
    () => readLastOrder(caller),
    () => client.popular.products.query({}),
  ]
  await callUnrecorded(caller, random.pick(reads))
}

/** The id may be in another spelling than the one that the caller got. */
async function readLastOrder({ fixture, history, random, recent }: Caller): Promise<void> {
  const last = recent.at(-1)
  if (!last) return
  const { id } = await fixture.client(last.memberId).order.byId.query({ orderId: respell(random, last.id) })
  if (id !== last.id) history.recordViolation(`Order ${last.id} was read and is ${id}.`)
}

function drawMember({ fixture, random }: Caller): string {
  return random.pick(random.chance(POOR_PROBABILITY) ? fixture.poor : fixture.rich)
}

function drawProduct({ fixture, random }: Caller): number {
  if (random.chance(HOT_PROBABILITY)) return fixture.plain[0]?.id ?? 0
  return random.pick(random.chance(SCARCE_PROBABILITY) ? fixture.scarce : fixture.plain).id
}

function drawOrder(caller: Caller, payment: 'now' | 'later'): KeyedCall {
  const { random } = caller
  const items = Array.from({ length: random.pick([1, 1, 1, 2, 2, 3, 4]) }, () => ({
    productId: drawProduct(caller),
    quantity: random.int(1, 3),
  }))
  return { kind: 'place', memberId: drawMember(caller), key: caller.nextKey(), input: { items, payment } }
}

async function perform(caller: Caller, call: KeyedCall): Promise<Order | undefined> {
  const outcome = await makeCall(caller.fixture.client(call.memberId), call)
  record(caller, call, outcome)
  return outcome.state === 'acknowledged' && isOrder(outcome.answer) ? outcome.answer : undefined
}

function record({ fixture, history }: Caller, call: KeyedCall, outcome: CallOutcome): void {
  const violation = outcome.state === 'acknowledged' && checkAnswer(fixture, call, outcome.answer)
  if (violation) history.recordViolation(violation)
  history.record(call, outcome)
}

function addRecent({ recent }: Caller, placed: Order): void {
  recent.push(placed)
  if (recent.length > RECENT_MAX) recent.shift()
}

/** Makes a call that the history does not record, and ignores an unknown outcome. */
async function callUnrecorded({ history }: Caller, call: () => Promise<unknown>): Promise<void> {
  try {
    await call()
  } catch (error) {
    if (!isOutcomeUnknown(error)) history.recordViolation(describe(error))
  }
}

/** Cancels an order. Each attempt has a key of its own: if the outcome of one is unknown, the next one is told the status of the order. */
async function cancelOrder({ fixture, history, random }: Caller, { id: orderId, memberId }: Order): Promise<void> {
  for (let attempt = 1; attempt <= CANCEL_ATTEMPTS_MAX; attempt++) {
    try {
      const { status } = await fixture.client(memberId).order.cancel.mutate({ orderId: respell(random, orderId) })
      if (status !== 'CANCELLED') history.recordViolation(`Order ${orderId} was cancelled and is ${status}.`)
      return history.recordCancel(orderId, true)
    } catch (error) {
      if (isJumunError(error, 'ORDER_NOT_CANCELLABLE')) {
        return history.recordCancel(orderId, error.details.orderStatus === 'CANCELLED')
      }
      if (!isOutcomeUnknown(error)) history.recordViolation(`cancel of ${orderId}: ${describe(error)}`)
      await sleep(CANCEL_PAUSE_MS)
    }
  }
  history.recordCancel(orderId, false)
}
