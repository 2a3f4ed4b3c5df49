import { useShop } from '@jumun/test-kit/domain-shop'
import { expect, test } from 'vitest'
import { addToCart, clearCart } from '../../src/cart/change-cart.ts'
import { checkoutCart } from '../../src/cart/checkout-cart.ts'
import { readCart } from '../../src/cart/read-cart.ts'
import { readOrder } from '../../src/order/read-orders.ts'
import { chargePoints } from '../../src/point/move-points.ts'
import { readPointHistory } from '../../src/point/read-points.ts'
import { removeProduct, updateProduct } from '../../src/product/write-products.ts'
import { countTraces, eventsOf } from '../../test-support/events.ts'
import { refusalOf } from '../../test-support/refusal.ts'

const shop = useShop()

const checkout = (memberId: string, idempotencyKey?: string) => checkoutCart(shop.em, { memberId, idempotencyKey })

async function memberWithCart(items: [productId: number, quantity: number][], points?: number): Promise<string> {
  const memberId = await shop.member(points)
  for (const [productId, quantity] of items) await addToCart(shop.em, { memberId, productId, quantity })
  return memberId
}

test('a checkout orders and pays the items of the cart and empties it', async () => {
  const [tea, jam] = [await shop.product({ price: 1_000, stock: 2 }), await shop.product({ price: 100, stock: 9 })]
  const memberId = await memberWithCart(
    [
      [jam, 3],
      [tea, 2],
    ],
    5_000,
  )
  const { answer, replayed } = await checkout(memberId)

  expect(replayed).toBe(false)
  expect(answer).toMatchObject({ memberId, status: 'PAID', total: 2_300, expiresAt: null })
  expect(answer.items.map(({ productId, quantity }) => [productId, quantity])).toEqual([
    [tea, 2],
    [jam, 3],
  ])
  expect(await readOrder(shop.em, answer.id)).toEqual(answer)
  expect(await readCart(shop.em, memberId)).toEqual({ memberId, items: [], total: 0 })
  expect([await shop.balance(memberId), await shop.stock(tea), await shop.stock(jam)]).toEqual([2_700, 0, 6])
  expect((await readPointHistory(shop.em, { memberId, limit: 1 })).items).toMatchObject([
    { kind: 'PAYMENT', amount: -2_300, orderId: answer.id },
  ])
  expect(await eventsOf(shop, answer.id)).toMatchObject([{ type: 'order.paid', version: 1, order: answer }])
})

test('a checkout charges the current price, not the price at the time of addition', async () => {
  const productId = await shop.product({ price: 10 })
  const memberId = await memberWithCart([[productId, 1]])
  await updateProduct(shop.em, { productId, price: 20 })
  expect((await checkout(memberId)).answer.total).toBe(20)
})

test('an empty or missing cart cannot be checked out', async () => {
  const memberId = await memberWithCart([[await shop.product(), 1]])
  await clearCart(shop.em, memberId)
  for (const empty of [memberId, 'nobody']) {
    expect(await refusalOf(checkout(empty, 'k'))).toEqual({ code: 'CART_EMPTY' })
  }
})

test('a checkout skips removed products, and a cart with only removed products counts as empty', async () => {
  const [gone, tea] = [await shop.product(), await shop.product()]
  const [one, other] = [
    await memberWithCart([
      [gone, 1],
      [tea, 1],
    ]),
    await memberWithCart([[gone, 1]]),
  ]
  await removeProduct(shop.em, gone)
  expect((await checkout(one)).answer.items.map((item) => item.productId)).toEqual([tea])
  expect(await refusalOf(checkout(other))).toEqual({ code: 'CART_EMPTY' })
})

test('a checkout that is refused for lack of stock or points changes nothing', async () => {
  const [tea, jam] = [await shop.product({ price: 1_000, stock: 1 }), await shop.product({ price: 100 })]
  const short = await memberWithCart([
    [tea, 2],
    [jam, 1],
  ])
  const poor = await memberWithCart([[tea, 1]], 999)
  const carts = [await readCart(shop.em, short), await readCart(shop.em, poor)]
  const traces = await countTraces(shop)

  expect(await refusalOf(checkout(short, 'k'))).toEqual({
    code: 'OUT_OF_STOCK',
    shortages: [{ productId: tea, requested: 2, available: 1 }],
  })
  expect(await refusalOf(checkout(poor, 'k'))).toEqual({ code: 'INSUFFICIENT_POINTS', balance: 999, required: 1_000 })
  expect([await readCart(shop.em, short), await readCart(shop.em, poor)]).toEqual(carts)
  expect(await countTraces(shop)).toBe(traces)
  await chargePoints(shop.em, { memberId: poor, amount: 1 })
  expect((await checkout(poor, 'k')).replayed).toBe(false)
})

test('a retry returns the first answer byte for byte and keeps items that were added since', async () => {
  const productId = await shop.product()
  const memberId = await memberWithCart([[productId, 1]])
  const first = await checkout(memberId, 'k')
  await addToCart(shop.em, { memberId, productId, quantity: 5 })
  const again = await checkout(memberId, 'k')
  expect(again.replayed).toBe(true)
  expect(JSON.stringify(again.answer)).toBe(JSON.stringify(first.answer))
  expect((await readCart(shop.em, memberId)).items).toMatchObject([{ productId, quantity: 5 }])
  expect((await checkout(memberId, 'another')).answer.items).toMatchObject([{ quantity: 5 }])
})

test('a second checkout without a key finds an empty cart', async () => {
  const memberId = await memberWithCart([[await shop.product(), 1]])
  await checkout(memberId)
  expect(await refusalOf(checkout(memberId))).toEqual({ code: 'CART_EMPTY' })
})

test('a key of an order is refused for a checkout, and the key of a checkout for an order', async () => {
  const productId = await shop.product()
  const memberId = await memberWithCart([[productId, 1]])
  const items = [{ productId, quantity: 1 }]
  await shop.place({ memberId, items, idempotencyKey: 'order' })
  expect(await refusalOf(checkout(memberId, 'order'))).toEqual({ code: 'IDEMPOTENCY_KEY_REUSED' })
  await checkout(memberId, 'checkout')
  const order = shop.place({ memberId, items, idempotencyKey: 'checkout' })
  expect(await refusalOf(order)).toEqual({ code: 'IDEMPOTENCY_KEY_REUSED' })
})

test('a checkout does not change other carts', async () => {
  const productId = await shop.product()
  const [one, other] = [await memberWithCart([[productId, 1]]), await memberWithCart([[productId, 2]])]
  await checkout(one)
  expect((await readCart(shop.em, other)).items).toMatchObject([{ quantity: 2 }])
})
