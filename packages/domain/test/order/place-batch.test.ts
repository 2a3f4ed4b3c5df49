import { type OrderRequest, useShop } from '@jumun/test-kit/domain-shop'
import { expect, test } from 'vitest'
import { DomainError } from '../../src/errors.ts'
import { type PlacedOrder, placeOrders } from '../../src/order/place-orders.ts'
import { listOrders } from '../../src/order/read-orders.ts'
import { readPointHistory } from '../../src/point/read-points.ts'
import { countTraces } from '../../test-support/events.ts'

const shop = useShop()

async function placeAll(requests: OrderRequest[]): Promise<PlacedOrder[]> {
  return placeOrders(
    shop.em,
    requests.map((request) => ({ payment: 'now', ...request })),
  )
}

function summarize(result: PlacedOrder): string {
  if (result instanceof DomainError) return result.code
  return result.replayed ? 'replayed' : result.answer.status
}

test('a batch answers its requests in order, and refused requests do not affect the others', async () => {
  const [rich, poor] = [await shop.member(10_000), await shop.member(500)]
  const tea = await shop.product({ price: 1_000, stock: 3 })
  const one = [{ productId: tea, quantity: 1 }]
  const results = await placeAll([
    { memberId: poor, items: one },
    { memberId: rich, items: [{ productId: tea, quantity: 2 }] },
    { memberId: rich, items: [{ productId: 2_147_483_647, quantity: 1 }] },
    { memberId: 'nobody', items: one },
    { memberId: rich, items: [{ productId: tea, quantity: 2 }] },
    { memberId: poor, items: one, payment: 'later' },
    { memberId: rich, items: one },
  ])
  expect(results.map(summarize)).toEqual([
    'INSUFFICIENT_POINTS',
    'PAID',
    'PRODUCT_NOT_FOUND',
    'INSUFFICIENT_POINTS',
    'OUT_OF_STOCK',
    'PENDING_PAYMENT',
    'OUT_OF_STOCK',
  ])
  expect([await shop.balance(rich), await shop.balance(poor), await shop.stock(tea)]).toEqual([8_000, 500, 0])
})

test('orders of one member in a batch deduct from one balance in order', async () => {
  const memberId = await shop.member(2_500)
  const productId = await shop.product({ price: 1_000 })
  const request = { memberId, items: [{ productId, quantity: 1 }] }
  expect((await placeAll([request, request, request])).map(summarize)).toEqual(['PAID', 'PAID', 'INSUFFICIENT_POINTS'])
  expect(await shop.balance(memberId)).toBe(500)
  const { items } = await readPointHistory(shop.em, { memberId, limit: 100 })
  expect(items.map((entry) => entry.balanceAfter)).toEqual([500, 1_500, 2_500])
  expect((await listOrders(shop.em, { memberId, limit: 100 })).items).toHaveLength(2)
})

test('two equal requests with one key in a batch place one order', async () => {
  const memberId = await shop.member()
  const productId = await shop.product()
  const request = { memberId, items: [{ productId, quantity: 1 }], idempotencyKey: 'k' }
  const results = await placeAll([request, { ...request }])
  expect(results.map(summarize)).toEqual(['PAID', 'replayed'])
  expect(results[1]).toEqual({ ...results[0], replayed: true })
  expect(await shop.stock(productId)).toBe(99)
})

test('the second of two different requests with one key in a batch is refused', async () => {
  const memberId = await shop.member()
  const productId = await shop.product()
  const request = (quantity: number) => ({ memberId, items: [{ productId, quantity }], idempotencyKey: 'k' })
  expect((await placeAll([request(1), request(2)])).map(summarize)).toEqual(['PAID', 'IDEMPOTENCY_KEY_REUSED'])
  expect(await shop.stock(productId)).toBe(99)
})

test('the same key of two members in a batch places two orders', async () => {
  const productId = await shop.product()
  const request = async () => ({
    memberId: await shop.member(),
    items: [{ productId, quantity: 1 }],
    idempotencyKey: 'k',
  })
  expect((await placeAll([await request(), await request()])).map(summarize)).toEqual(['PAID', 'PAID'])
})

test('a key whose first request in a batch was refused can be used by the second', async () => {
  const memberId = await shop.member(1_000)
  const [dear, cheap] = [await shop.product({ price: 1_001 }), await shop.product({ price: 1_000 })]
  const request = (productId: number) => ({ memberId, items: [{ productId, quantity: 1 }], idempotencyKey: 'k' })
  expect((await placeAll([request(dear), request(cheap)])).map(summarize)).toEqual(['INSUFFICIENT_POINTS', 'PAID'])
})

test('a batch of 100 orders is placed in one transaction', async () => {
  const memberId = await shop.member()
  const productId = await shop.product()
  await placeAll(Array.from({ length: 100 }, () => ({ memberId, items: [{ productId, quantity: 1 }] })))
  const [{ transactions }] = await shop.em.execute<[{ transactions: number }]>(
    `select count(distinct xmin::text)::int as transactions from "order" where member_id = ?`,
    [memberId],
  )
  expect(transactions).toBe(1)
})

test('an unexpected error rolls the whole batch back', async () => {
  const memberId = await shop.member()
  const productId = await shop.product()
  const before = await countTraces(shop)
  const good = { memberId, items: [{ productId, quantity: 1 }], idempotencyKey: 'good' }
  const bad = { memberId, items: [{ productId, quantity: 1 }], idempotencyKey: 'x'.repeat(256) }
  await expect(placeAll([good, bad])).rejects.toThrow('too long')
  expect(await countTraces(shop)).toBe(before)
  expect([await shop.balance(memberId), await shop.stock(productId)]).toEqual([1_000_000, 100])
})

test('an empty batch returns an empty list', async () => {
  expect(await placeAll([])).toEqual([])
})
