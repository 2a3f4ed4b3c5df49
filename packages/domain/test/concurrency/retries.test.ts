import { useShop } from '@jumun/test-kit/domain-shop'
import { brokenInvariants } from '@jumun/test-kit/invariants'
import { byWorkers, fulfilled, inParallel, tally } from '@jumun/test-kit/parallel'
import { expect, test, vi } from 'vitest'
import { addToCart } from '../../src/cart/change-cart.ts'
import { checkoutCart } from '../../src/cart/checkout-cart.ts'
import { readCart } from '../../src/cart/read-cart.ts'
import { cancelOrder } from '../../src/order/cancel-order.ts'
import { payOrder } from '../../src/order/pay-order.ts'
import { listOrders } from '../../src/order/read-orders.ts'
import { chargePoints, usePoints } from '../../src/point/move-points.ts'
import { readAdjustments } from '../../src/product/read-adjustments.ts'
import { updateProduct } from '../../src/product/write-products.ts'
import { openQueueWithoutTimeout } from '../../test-support/queue-without-timeout.ts'

// Ends only a test that hangs; a busy machine needs far less.
vi.setConfig({ testTimeout: 300_000 })
const shop = useShop({ poolSize: 20 })

const RETRIES = 100
const idempotencyKey = 'the same key'
const retry = <Result>(call: (index: number) => Promise<Result>) => byWorkers({ workers: 20, count: RETRIES }, call)

/** Expects that all calls return the same answer and that exactly one of them had the effect. */
function expectOneEffect(results: PromiseSettledResult<{ answer: unknown; replayed: boolean }>[]): void {
  expect(tally(results)).toEqual({ fulfilled: RETRIES })
  const outcomes = fulfilled(results)
  expect(new Set(outcomes.map(({ answer }) => JSON.stringify(answer))).size).toBe(1)
  expect(outcomes.filter(({ replayed }) => !replayed)).toHaveLength(1)
}

test.each(['now', 'later'] as const)(
  '100 concurrent retries of an order that is paid %s place one order',
  async (payment) => {
    const memberId = await shop.member()
    const productId = await shop.product()
    const items = [{ productId, quantity: 1 }]
    expectOneEffect(await retry(() => shop.place({ memberId, items, payment, idempotencyKey })))
    expect((await listOrders(shop.em, { memberId, limit: 100 })).items).toHaveLength(1)
    expect(await shop.stock(productId)).toBe(99)
    expect(await brokenInvariants(shop.em)).toEqual({})
  },
)

test('100 concurrent retries through the queue place one order', async () => {
  const memberId = await shop.member()
  const productId = await shop.product()
  const items = [{ productId, quantity: 1 }]
  const queue = openQueueWithoutTimeout(shop)
  expectOneEffect(await inParallel(RETRIES, () => queue.place({ memberId, items, payment: 'now', idempotencyKey })))
  expect(await shop.stock(productId)).toBe(99)
  expect(await brokenInvariants(shop.em)).toEqual({})
})

test('100 concurrent retries by a member without an account, which only the stock lock serializes, place one order', async () => {
  const productId = await shop.product()
  const request = { memberId: 'no-account', items: [{ productId, quantity: 1 }], payment: 'later' as const }
  expectOneEffect(await retry(() => shop.place({ ...request, idempotencyKey })))
  expect(await shop.stock(productId)).toBe(99)
  expect(await brokenInvariants(shop.em)).toEqual({})
})

test('two concurrent orders with the same key and no common lock place one order', async () => {
  for (let round = 0; round < 20; round++) {
    const products = [await shop.product(), await shop.product()]
    const results = await inParallel(2, (index) =>
      shop.place({
        memberId: `no-account-${round}`,
        items: [{ productId: products[index] ?? 0, quantity: 1 }],
        payment: 'later',
        idempotencyKey,
      }),
    )
    expect(tally(results)).toEqual({ fulfilled: 1, IDEMPOTENCY_KEY_REUSED: 1 })
  }
  expect(await brokenInvariants(shop.em)).toEqual({})
})

test('100 concurrent first charges with one key charge once', async () => {
  const memberId = 'new member'
  expectOneEffect(await retry(() => chargePoints(shop.em, { memberId, amount: 7, idempotencyKey })))
  expect(await shop.balance(memberId)).toBe(7)
  expect(await brokenInvariants(shop.em)).toEqual({})
})

test('100 concurrent first charges without a key all count', async () => {
  const memberId = 'another new member'
  expect(tally(await retry(() => chargePoints(shop.em, { memberId, amount: 7 })))).toEqual({ fulfilled: RETRIES })
  expect(await shop.balance(memberId)).toBe(7 * RETRIES)
  expect(await brokenInvariants(shop.em)).toEqual({})
})

test('100 concurrent uses with one key take the points once', async () => {
  const memberId = await shop.member(100)
  expectOneEffect(await retry(() => usePoints(shop.em, { memberId, amount: 7, idempotencyKey })))
  expect(await shop.balance(memberId)).toBe(93)
})

test('100 concurrent payments of one order with one key pay once', async () => {
  const memberId = await shop.member(100_000)
  const items = [{ productId: await shop.product({ price: 1_000 }), quantity: 1 }]
  const { id: orderId } = (await shop.place({ memberId, items, payment: 'later' })).answer
  const mayAccess = () => true
  expectOneEffect(await retry(() => payOrder(shop.em, { orderId, idempotencyKey, mayAccess })))
  expect(await shop.balance(memberId)).toBe(99_000)
  expect(await brokenInvariants(shop.em)).toEqual({})
})

test('100 concurrent cancellations of one order with one key return its points and stock once', async () => {
  const memberId = await shop.member(5_000)
  const productId = await shop.product({ price: 1_000 })
  const { id: orderId } = (await shop.place({ memberId, items: [{ productId, quantity: 2 }] })).answer
  const mayAccess = () => true
  expectOneEffect(await retry(() => cancelOrder(shop.em, { orderId, idempotencyKey, mayAccess })))
  expect([await shop.balance(memberId), await shop.stock(productId)]).toEqual([5_000, 100])
  expect(await brokenInvariants(shop.em)).toEqual({})
})

test('100 concurrent first additions to a cart with one key add once', async () => {
  const productId = await shop.product()
  const input = { memberId: 'first-cart', productId, quantity: 3, idempotencyKey }
  expectOneEffect(await retry(() => addToCart(shop.em, input)))
  expect((await readCart(shop.em, 'first-cart')).items).toMatchObject([{ quantity: 3 }])
})

test('100 concurrent corrections of a stock with one key correct it once', async () => {
  const productId = await shop.product({ stock: 5 })
  const input = { productId, stockDelta: 7, actor: 'operator', idempotencyKey }
  expectOneEffect(await retry(() => updateProduct(shop.em, input)))
  expect(await shop.stock(productId)).toBe(12)
  expect((await readAdjustments(shop.em, { productId, limit: 9 })).items).toHaveLength(1)
})

test('two concurrent updates of two products with one key of one operator change one of them', async () => {
  for (let round = 0; round < 10; round++) {
    const products = [await shop.product(), await shop.product()]
    const results = await inParallel(2, (index) =>
      updateProduct(shop.em, { productId: products[index] ?? 0, price: 7, actor: `operator-${round}`, idempotencyKey }),
    )
    expect(tally(results)).toEqual({ fulfilled: 1, IDEMPOTENCY_KEY_REUSED: 1 })
  }
})

test('of 20 operators who correct the stock that they all have seen, one does, and the others are told what it is', async () => {
  const productId = await shop.product({ stock: 5 })
  const results = await inParallel(20, (index) =>
    updateProduct(shop.em, { productId, stockDelta: 10, expectedStock: 5, actor: `operator-${index}` }),
  )
  expect(tally(results)).toEqual({ fulfilled: 1, PRODUCT_CHANGED: 19 })
  const refused = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason.details.product.stock] : [],
  )
  expect(new Set(refused)).toEqual(new Set([15]))
  expect(await shop.stock(productId)).toBe(15)
})

test('100 concurrent checkouts with one key place one order', async () => {
  const memberId = await shop.member()
  const productId = await shop.product()
  await addToCart(shop.em, { memberId, productId, quantity: 1 })
  expectOneEffect(await retry(() => checkoutCart(shop.em, { memberId, idempotencyKey })))
  expect(await shop.stock(productId)).toBe(99)
  expect(await brokenInvariants(shop.em)).toEqual({})
})
