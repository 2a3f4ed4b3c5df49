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
    shop.outbox,
    requests.map((request) => ({ payment: 'now', ...request })),
  )
}

function inShort(result: PlacedOrder): string {
  if (result instanceof DomainError) return result.code
  return result.replayed ? 'replayed' : result.answer.status
}

test('a batch answers each request in its place, and the refused ones harm nobody', async () => {
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
  expect(results.map(inShort)).toEqual([
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

test('orders of one member in one batch take from one balance, each entry after the other', async () => {
  const memberId = await shop.member(2_500)
  const productId = await shop.product({ price: 1_000 })
  const request = { memberId, items: [{ productId, quantity: 1 }] }
  expect((await placeAll([request, request, request])).map(inShort)).toEqual(['PAID', 'PAID', 'INSUFFICIENT_POINTS'])
  expect(await shop.balance(memberId)).toBe(500)
  const { items } = await readPointHistory(shop.em, { memberId, limit: 100 })
  expect(items.map((entry) => entry.balanceAfter)).toEqual([500, 1_500, 2_500])
  expect((await listOrders(shop.em, { memberId, limit: 100 })).items).toHaveLength(2)
})

test('one key twice in a batch makes one order', async () => {
  const memberId = await shop.member()
  const productId = await shop.product()
  const request = { memberId, items: [{ productId, quantity: 1 }], idempotencyKey: 'k' }
  const results = await placeAll([request, { ...request }])
  expect(results.map(inShort)).toEqual(['PAID', 'replayed'])
  expect(results[1]).toEqual({ ...results[0], replayed: true })
  expect(await shop.stock(productId)).toBe(99)
})

test('one key for two different orders in a batch refuses the second', async () => {
  const memberId = await shop.member()
  const productId = await shop.product()
  const request = (quantity: number) => ({ memberId, items: [{ productId, quantity }], idempotencyKey: 'k' })
  expect((await placeAll([request(1), request(2)])).map(inShort)).toEqual(['PAID', 'IDEMPOTENCY_KEY_REUSED'])
  expect(await shop.stock(productId)).toBe(99)
})

test('one key of two members in a batch makes two orders', async () => {
  const productId = await shop.product()
  const request = async () => ({
    memberId: await shop.member(),
    items: [{ productId, quantity: 1 }],
    idempotencyKey: 'k',
  })
  expect((await placeAll([await request(), await request()])).map(inShort)).toEqual(['PAID', 'PAID'])
})

test('a key whose first call of the batch was refused is still free for the second', async () => {
  const memberId = await shop.member(1_000)
  const [dear, cheap] = [await shop.product({ price: 1_001 }), await shop.product({ price: 1_000 })]
  const request = (productId: number) => ({ memberId, items: [{ productId, quantity: 1 }], idempotencyKey: 'k' })
  expect((await placeAll([request(dear), request(cheap)])).map(inShort)).toEqual(['INSUFFICIENT_POINTS', 'PAID'])
})

test('a batch of 100 orders is one transaction', async () => {
  const memberId = await shop.member()
  const productId = await shop.product()
  await placeAll(Array.from({ length: 100 }, () => ({ memberId, items: [{ productId, quantity: 1 }] })))
  const [{ transactions }] = await shop.em.execute<[{ transactions: number }]>(
    `select count(distinct xmin::text)::int as transactions from "order" where member_id = ?`,
    [memberId],
  )
  expect(transactions).toBe(1)
})

test('an error that nobody foresaw undoes the whole batch', async () => {
  const memberId = await shop.member()
  const productId = await shop.product()
  const before = await countTraces(shop)
  const good = { memberId, items: [{ productId, quantity: 1 }], idempotencyKey: 'good' }
  const bad = { memberId, items: [{ productId, quantity: 1 }], idempotencyKey: 'x'.repeat(256) }
  await expect(placeAll([good, bad])).rejects.toThrow('too long')
  expect(await countTraces(shop)).toBe(before)
  expect([await shop.balance(memberId), await shop.stock(productId)]).toEqual([1_000_000, 100])
})

test('an empty batch is no work', async () => {
  expect(await placeAll([])).toEqual([])
})
