import { setTimeout as sleep } from 'node:timers/promises'
import type { OrderStatus } from '@jumun/contract'
import { useShop } from '@jumun/test-kit/domain-shop'
import { brokenInvariants } from '@jumun/test-kit/invariants'
import { inParallel } from '@jumun/test-kit/parallel'
import { expect, test, vi } from 'vitest'
import { DomainError } from '../../src/errors.ts'
import { cancelOrder } from '../../src/order/cancel-order.ts'
import { expireOrders } from '../../src/order/expire-orders.ts'
import { payOrder } from '../../src/order/pay-order.ts'
import { readOrder } from '../../src/order/read-orders.ts'

// A busy machine must not fail it.
vi.setConfig({ testTimeout: 300_000 })
const shop = useShop({ poolSize: 20 })

const mayTouch = () => true
const TOTAL = 1_000
const ROUNDS = 200
const ROUNDS_MAX = 1_000
/** A race takes longer where the placing of its order took longer, or a busy machine would let the same one win every time. */
const RACE_MIN_MS = 12
const RACE_MAX_MS = 200

type Contestant = 'pay' | 'cancel' | 'expire'

/** What a contestant came to: it won, or it was refused for how the order stood. */
async function contend(contestant: Contestant, orderId: string, raceMs: number): Promise<string> {
  await sleep(Math.random() * raceMs)
  try {
    if (contestant === 'pay') await payOrder(shop.em, shop.outbox, { orderId, mayTouch })
    else if (contestant === 'cancel') await cancelOrder(shop.em, shop.outbox, { orderId, mayTouch })
    else await expireOrders(shop.em)
    return contestant === 'expire' ? 'looked' : 'won'
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    return `${error.code} ${'orderStatus' in error.details ? error.details.orderStatus : ''}`
  }
}

/** An order that waits for its payment, its time being over in the middle of the race. */
async function raceOver(memberId: string, productId: number, contestants: Contestant[]) {
  const items = [{ productId, quantity: 1 }]
  const began = performance.now()
  const { id: orderId } = (await shop.place({ memberId, items, payment: 'later' })).answer
  const raceMs = Math.min(RACE_MAX_MS, Math.max(RACE_MIN_MS, performance.now() - began))
  await shop.em.execute(`update "order" set expires_at = now() + ? * interval '1 millisecond' where id = ?`, [
    1 + Math.floor(Math.random() * raceMs),
    orderId,
  ])
  const results = await inParallel(contestants.length, async (index) => {
    const contestant = contestants[index] ?? 'expire'
    return { contestant, came: await contend(contestant, orderId, raceMs) }
  })
  const outcomes = results.map((result) => {
    if (result.status === 'rejected') throw result.reason
    return result.value
  })
  return { orderId, outcomes, order: await readOrder(shop.em, orderId) }
}

/** The refusals that a contestant may have had, given how the order ended. */
function refusalsOf(contestant: Contestant, end: OrderStatus): string[] {
  if (contestant === 'cancel') return [`ORDER_NOT_CANCELLABLE ${end}`]
  // Nobody can pay once the time is over, whether or not the order has been ended for it yet.
  return [`ORDER_NOT_PAYABLE ${end}`, 'ORDER_NOT_PAYABLE PAID', 'ORDER_NOT_PAYABLE EXPIRED']
}

test('of all who pay, cancel and expire an order at once, exactly one decides, 200 times', async () => {
  const memberId = await shop.member(1_000_000_000)
  const productId = await shop.product({ price: TOTAL, stock: 1_000 })
  const contests: Contestant[][] = [
    ['pay', 'expire'],
    ['cancel', 'expire', 'expire'],
    ['pay', 'cancel', 'expire'],
    ['pay', 'pay', 'cancel', 'cancel', 'expire', 'expire'],
  ]
  const ends = new Set<OrderStatus>()
  // Each of them must have had its chance, or the race was none.
  const all = ['PAID', 'CANCELLED', 'EXPIRED'] as const
  const isOver = (round: number) => round >= ROUNDS && all.every((end) => ends.has(end))
  for (let round = 0; !isOver(round); round++) {
    expect(round).toBeLessThan(ROUNDS_MAX)
    const before = await shop.balance(memberId)
    const { outcomes, order } = await raceOver(memberId, productId, contests[round % contests.length] ?? [])
    const wins = (contestant: Contestant) =>
      outcomes.filter((outcome) => outcome.contestant === contestant && outcome.came === 'won').length

    // A paid order may be cancelled, once; an expired one is neither paid nor cancelled.
    expect(wins('pay')).toBe(order.paidAt === null ? 0 : 1)
    expect(wins('cancel')).toBe(order.status === 'CANCELLED' ? 1 : 0)
    if (order.status === 'EXPIRED') expect([wins('pay'), wins('cancel')]).toEqual([0, 0])
    for (const { contestant, came } of outcomes) {
      if (came !== 'won' && came !== 'looked') expect(refusalsOf(contestant, order.status)).toContain(came)
    }
    expect(before - (await shop.balance(memberId))).toBe(order.status === 'PAID' ? TOTAL : 0)
    ends.add(order.status)
  }
  await shop.em.execute(`update "order" set expires_at = now() where status = 'PENDING_PAYMENT'`)
  await expireOrders(shop.em)
  expect(await brokenInvariants(shop.em)).toEqual({})
})

test('an order that is cancelled 20 times at once is refunded once', async () => {
  const memberId = await shop.member(1_000)
  const productId = await shop.product({ price: 1_000, stock: 1 })
  const { id: orderId } = (await shop.place({ memberId, items: [{ productId, quantity: 1 }] })).answer
  const results = await inParallel(20, () => cancelOrder(shop.em, shop.outbox, { orderId, mayTouch }))
  expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1)
  expect([await shop.balance(memberId), await shop.stock(productId)]).toEqual([1_000, 1])
  expect(await brokenInvariants(shop.em)).toEqual({})
})

test('an order that is paid 20 times at once without a key is paid once', async () => {
  const memberId = await shop.member(100_000)
  const productId = await shop.product({ price: 1_000, stock: 1 })
  const { id: orderId } = (await shop.place({ memberId, items: [{ productId, quantity: 1 }], payment: 'later' })).answer
  const results = await inParallel(20, () => payOrder(shop.em, shop.outbox, { orderId, mayTouch }))
  expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1)
  expect(await shop.balance(memberId)).toBe(99_000)
  expect(await brokenInvariants(shop.em)).toEqual({})
})
