import { useShop } from '@jumun/test-kit/domain-shop'
import { expect, test } from 'vitest'
import { cancelOrder } from '../../src/order/cancel-order.ts'
import { chargePoints } from '../../src/point/move-points.ts'
import { removeProduct, updateProduct } from '../../src/product/write-products.ts'
import { countTraces } from '../../test-support/events.ts'
import { refusalOf } from '../../test-support/refusal.ts'

const shop = useShop()

test('a retry returns the first answer byte for byte after any later change, and writes nothing', async () => {
  const memberId = await shop.member(5_000)
  const productId = await shop.product({ name: '차 "tea" \\ 🍊' })
  const request = { memberId, items: [{ productId, quantity: 5 }], idempotencyKey: 'k' }
  const first = await shop.place(request)
  await updateProduct(shop.em, { productId, name: 'other', price: 7, stockDelta: -95 })
  await cancelOrder(shop.em, { orderId: first.answer.id, mayAccess: () => true })
  await removeProduct(shop.em, productId)
  const traces = await countTraces(shop)

  const again = await shop.place(request)
  expect(again.replayed).toBe(true)
  expect(JSON.stringify(again.answer)).toBe(JSON.stringify(first.answer))
  expect(await countTraces(shop)).toBe(traces)
})

test('a retry may list the same quantities in another order or split into several items', async () => {
  const memberId = await shop.member()
  const [tea, jam] = [await shop.product(), await shop.product()]
  const idempotencyKey = 'k'
  const first = await shop.place({
    memberId,
    idempotencyKey,
    items: [
      { productId: tea, quantity: 3 },
      { productId: jam, quantity: 1 },
    ],
  })
  const again = await shop.place({
    memberId,
    idempotencyKey,
    items: [
      { productId: jam, quantity: 1 },
      { productId: tea, quantity: 1 },
      { productId: tea, quantity: 2 },
    ],
  })
  expect(again).toEqual({ answer: first.answer, replayed: true })
})

test('a retry finds an answer that was stored before answers followed from orders', async () => {
  const memberId = await shop.member()
  const request = { memberId, items: [{ productId: await shop.product(), quantity: 1 }], idempotencyKey: 'k' }
  const first = await shop.place(request)
  await shop.em.execute('update idempotency_record set order_id = null, answer = ?::json where member_id = ?', [
    JSON.stringify(first.answer),
    memberId,
  ])
  expect(await shop.place(request)).toEqual({ answer: first.answer, replayed: true })
})

test('a retry of an order with payment later returns it as it was placed', async () => {
  const productId = await shop.product()
  const request = {
    memberId: 'without-account',
    items: [{ productId, quantity: 1 }],
    payment: 'later' as const,
    idempotencyKey: 'k',
  }
  const first = await shop.place(request)
  expect(await shop.place(request)).toEqual({ answer: first.answer, replayed: true })
  expect(await shop.stock(productId)).toBe(99)
})

test('a used key is refused with another product, quantity or payment', async () => {
  const memberId = await shop.member()
  const [tea, jam] = [await shop.product(), await shop.product()]
  const items = [{ productId: tea, quantity: 1 }]
  await shop.place({ memberId, items, idempotencyKey: 'k' })
  const others = [
    { items: [{ productId: jam, quantity: 1 }] },
    { items: [{ productId: tea, quantity: 2 }] },
    { items: [...items, { productId: jam, quantity: 1 }] },
    { items, payment: 'later' as const },
  ]
  for (const other of others) {
    expect(await refusalOf(shop.place({ memberId, ...other, idempotencyKey: 'k' }))).toEqual({
      code: 'IDEMPOTENCY_KEY_REUSED',
    })
  }
  expect([await shop.stock(tea), await shop.stock(jam)]).toEqual([99, 100])
})

test('a key that was used by a charge is refused for an order', async () => {
  const productId = await shop.product()
  await chargePoints(shop.em, { memberId: 'mina', amount: 10_000, idempotencyKey: 'k' })
  const order = shop.place({ memberId: 'mina', items: [{ productId, quantity: 1 }], idempotencyKey: 'k' })
  expect(await refusalOf(order)).toEqual({ code: 'IDEMPOTENCY_KEY_REUSED' })
})

test('a refused order does not use up its key', async () => {
  const memberId = await shop.member(1_000)
  const productId = await shop.product({ price: 1_000, stock: 0 })
  const request = { memberId, items: [{ productId, quantity: 1 }], idempotencyKey: 'k' }
  expect(await refusalOf(shop.place(request))).toMatchObject({ code: 'OUT_OF_STOCK' })
  await updateProduct(shop.em, { productId, stockDelta: 1, price: 2_000 })
  expect(await refusalOf(shop.place(request))).toMatchObject({ code: 'INSUFFICIENT_POINTS' })
  await chargePoints(shop.em, { memberId, amount: 1_000 })
  expect((await shop.place(request)).replayed).toBe(false)
  expect((await shop.place(request)).replayed).toBe(true)
})
