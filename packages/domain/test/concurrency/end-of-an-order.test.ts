import { setTimeout as sleep } from 'node:timers/promises'
import type { OrderStatus } from '@jumun/contract'
import { useShop } from '@jumun/test-kit/domain-shop'
import { brokenInvariants } from '@jumun/test-kit/invariants'
import { sized } from '@jumun/test-kit/long-tests'
import { inParallel } from '@jumun/test-kit/parallel'
import { expect, test, vi } from 'vitest'
import { DomainError } from '../../src/errors.ts'
import { cancelOrder } from '../../src/order/cancel-order.ts'
import { expireOrders } from '../../src/order/expire-orders.ts'
import { payOrder } from '../../src/order/pay-order.ts'
import { readOrder } from '../../src/order/read-orders.ts'

// Ends only a test that hangs; a busy machine needs far less.
vi.setConfig({ testTimeout: 300_000 })
const shop = useShop({ poolSize: 20 })

const mayAccess = () => true
const TOTAL = 1_000
const ROUNDS = sized({ short: 50, long: 200 })
const ROUNDS_MAX = 1_000
/** A race lasts as long as placing its order did, within these bounds; else the same action would always win on a busy machine. */
const RACE_MIN_MS = 12
const RACE_MAX_MS = 200

type Action = 'pay' | 'cancel' | 'expire'

/** Runs one action at a random moment of the race. Returns `done`, or the refusal with the status that caused it. */
async function runAction(action: Action, orderId: string, raceMs: number): Promise<string> {
  await sleep(Math.random() * raceMs)
  try {
    if (action === 'pay') await payOrder(shop.em, { orderId, mayAccess })
    else if (action === 'cancel') await cancelOrder(shop.em, { orderId, mayAccess })
    else await expireOrders(shop.em)
    return 'done'
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    return `${error.code} ${'orderStatus' in error.details ? error.details.orderStatus : ''}`
  }
}

/** Places an unpaid order that expires during the race, and runs the actions on it concurrently. */
async function race(memberId: string, productId: number, actions: Action[]) {
  const items = [{ productId, quantity: 1 }]
  const began = performance.now()
  const { id: orderId } = (await shop.place({ memberId, items, payment: 'later' })).answer
  const raceMs = Math.min(RACE_MAX_MS, Math.max(RACE_MIN_MS, performance.now() - began))
  await shop.em.execute(`update "order" set expires_at = now() + ? * interval '1 millisecond' where id = ?`, [
    1 + Math.floor(Math.random() * raceMs),
    orderId,
  ])
  const results = await inParallel(actions.length, async (index) => {
    const action = actions[index] ?? 'expire'
    return { action, result: await runAction(action, orderId, raceMs) }
  })
  const outcomes = results.map((result) => {
    if (result.status === 'rejected') throw result.reason
    return result.value
  })
  return { orderId, outcomes, order: await readOrder(shop.em, orderId) }
}

/** The refusals that an action may get, given the final status of the order. */
function refusalsOf(action: Action, end: OrderStatus): string[] {
  if (action === 'cancel') return [`ORDER_NOT_CANCELLABLE ${end}`]
  // After the expiry time a payment is refused, even if the order has not yet been set to EXPIRED.
  return [`ORDER_NOT_PAYABLE ${end}`, 'ORDER_NOT_PAYABLE PAID', 'ORDER_NOT_PAYABLE EXPIRED']
}

test('concurrent payments, cancellations and expiries of an order have exactly one outcome', async () => {
  const memberId = await shop.member(1_000_000_000)
  const productId = await shop.product({ price: TOTAL, stock: 1_000 })
  const contests: Action[][] = [
    ['pay', 'expire'],
    ['cancel', 'expire', 'expire'],
    ['pay', 'cancel', 'expire'],
    ['pay', 'pay', 'cancel', 'cancel', 'expire', 'expire'],
  ]
  const finalStatuses = new Set<OrderStatus>()
  // Each final status must occur; else the test did not race.
  const all = ['PAID', 'CANCELLED', 'EXPIRED'] as const
  const isOver = (round: number) => round >= ROUNDS && all.every((end) => finalStatuses.has(end))
  for (let round = 0; !isOver(round); round++) {
    expect(round).toBeLessThan(ROUNDS_MAX)
    const before = await shop.balance(memberId)
    const { outcomes, order } = await race(memberId, productId, contests[round % contests.length] ?? [])
    const succeeded = (action: Action) =>
      outcomes.filter((outcome) => outcome.action === action && outcome.result === 'done').length

    // A paid order may be cancelled, once; an expired one is neither paid nor cancelled.
    expect(succeeded('pay')).toBe(order.paidAt === null ? 0 : 1)
    expect(succeeded('cancel')).toBe(order.status === 'CANCELLED' ? 1 : 0)
    if (order.status === 'EXPIRED') expect([succeeded('pay'), succeeded('cancel')]).toEqual([0, 0])
    for (const { action, result } of outcomes) {
      if (result !== 'done') expect(refusalsOf(action, order.status)).toContain(result)
    }
    expect(before - (await shop.balance(memberId))).toBe(order.status === 'PAID' ? TOTAL : 0)
    finalStatuses.add(order.status)
  }
  await shop.em.execute(`update "order" set expires_at = now() where status = 'PENDING_PAYMENT'`)
  await expireOrders(shop.em)
  expect(await brokenInvariants(shop.em)).toEqual({})
})

test('20 concurrent cancellations of an order refund it once', async () => {
  const memberId = await shop.member(1_000)
  const productId = await shop.product({ price: 1_000, stock: 1 })
  const { id: orderId } = (await shop.place({ memberId, items: [{ productId, quantity: 1 }] })).answer
  const results = await inParallel(20, () => cancelOrder(shop.em, { orderId, mayAccess }))
  expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1)
  expect([await shop.balance(memberId), await shop.stock(productId)]).toEqual([1_000, 1])
  expect(await brokenInvariants(shop.em)).toEqual({})
})

test('20 concurrent payments of an order without a key pay it once', async () => {
  const memberId = await shop.member(100_000)
  const productId = await shop.product({ price: 1_000, stock: 1 })
  const { id: orderId } = (await shop.place({ memberId, items: [{ productId, quantity: 1 }], payment: 'later' })).answer
  const results = await inParallel(20, () => payOrder(shop.em, { orderId, mayAccess }))
  expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1)
  expect(await shop.balance(memberId)).toBe(99_000)
  expect(await brokenInvariants(shop.em)).toEqual({})
})
