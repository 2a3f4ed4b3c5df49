import { useShop } from '@jumun/test-kit/domain-shop'
import { brokenInvariants } from '@jumun/test-kit/invariants'
import { byWorkers, inParallel, tally } from '@jumun/test-kit/parallel'
import { expect, test, vi } from 'vitest'
import { payOrder } from '../../src/order/pay-order.ts'
import { chargePoints, usePoints } from '../../src/point/move-points.ts'
import { openQueueWithoutTimeout } from '../../test-support/queue-without-timeout.ts'

// Ends only a test that hangs; a busy machine needs far less.
vi.setConfig({ testTimeout: 300_000 })
const shop = useShop({ poolSize: 20 })
const workers = 20

test('of 100 concurrent orders of one member, exactly those that the balance covers succeed', async () => {
  const memberId = await shop.member(7_500)
  const productId = await shop.product({ price: 1_000 })
  const results = await byWorkers({ workers, count: 100 }, () =>
    shop.place({ memberId, items: [{ productId, quantity: 1 }] }),
  )
  expect(tally(results)).toEqual({ fulfilled: 7, INSUFFICIENT_POINTS: 93 })
  expect([await shop.balance(memberId), await shop.stock(productId)]).toEqual([500, 93])
  expect(await brokenInvariants(shop.em)).toEqual({})
})

test('of 100 concurrent orders of one member through the queue, exactly those that the balance covers succeed', async () => {
  const memberId = await shop.member(7_500)
  const productId = await shop.product({ price: 1_000 })
  const queue = openQueueWithoutTimeout(shop)
  const results = await inParallel(100, () =>
    queue.place({ memberId, items: [{ productId, quantity: 1 }], payment: 'now' }),
  )
  expect(tally(results)).toEqual({ fulfilled: 7, INSUFFICIENT_POINTS: 93 })
  expect(await shop.balance(memberId)).toBe(500)
  expect(await brokenInvariants(shop.em)).toEqual({})
})

test('of 100 concurrent uses of points, exactly those that the balance covers succeed', async () => {
  const memberId = await shop.member(750)
  const results = await byWorkers({ workers, count: 100 }, () => usePoints(shop.em, { memberId, amount: 100 }))
  expect(tally(results)).toEqual({ fulfilled: 7, INSUFFICIENT_POINTS: 93 })
  expect(await shop.balance(memberId)).toBe(50)
  expect(await brokenInvariants(shop.em)).toEqual({})
})

test('100 concurrent charges all count', async () => {
  const memberId = await shop.member(1)
  const results = await byWorkers({ workers, count: 100 }, (index) =>
    chargePoints(shop.em, { memberId, amount: index + 1 }),
  )
  expect(tally(results)).toEqual({ fulfilled: 100 })
  expect(await shop.balance(memberId)).toBe(1 + 5_050)
  expect(await brokenInvariants(shop.em)).toEqual({})
})

test('concurrent orders, payments and uses of one member never overdraw the balance', async () => {
  const memberId = await shop.member(10_000)
  const productId = await shop.product({ price: 1_000 })
  const items = [{ productId, quantity: 1 }]
  const pending: string[] = []
  for (let count = 0; count < 20; count++) {
    pending.push((await shop.place({ memberId, items, payment: 'later' })).answer.id)
  }
  const results = await byWorkers({ workers, count: 60 }, async (index) => {
    const orderId = pending[index / 3]
    if (orderId) await payOrder(shop.em, { orderId, mayAccess: () => true })
    else if (index % 3 === 1) await shop.place({ memberId, items })
    else await usePoints(shop.em, { memberId, amount: 1_000 })
  })
  expect(tally(results)).toEqual({ fulfilled: 10, INSUFFICIENT_POINTS: 50 })
  expect(await shop.balance(memberId)).toBe(0)
  expect(await brokenInvariants(shop.em)).toEqual({})
})
