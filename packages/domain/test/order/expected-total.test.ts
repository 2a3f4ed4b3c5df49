import { createHash } from 'node:crypto'
import type { OrderView } from '@jumun/contract'
import { useShop } from '@jumun/test-kit/domain-shop'
import { expect, test } from 'vitest'
import { addToCart } from '../../src/cart/change-cart.ts'
import { checkoutCart } from '../../src/cart/checkout-cart.ts'
import { readCart } from '../../src/cart/read-cart.ts'
import type { Outcome } from '../../src/idempotency/idempotency.ts'
import { IdempotencyRecord } from '../../src/idempotency/idempotency-record.entity.ts'
import { removeProduct, updateProduct } from '../../src/product/write-products.ts'
import { countTraces } from '../../test-support/events.ts'
import { refusalOf } from '../../test-support/refusal.ts'

const shop = useShop()

type Order = (expectedTotal?: number, idempotencyKey?: string) => Promise<Outcome<OrderView>>

/** A member who orders two of a product of 1,000 KRW, directly or from a cart. */
async function newBuyer(procedure: string) {
  const [memberId, productId] = [await shop.member(10_000), await shop.product({ price: 1_000 })]
  await addToCart(shop.em, { memberId, productId, quantity: 2 })
  const items = [{ productId, quantity: 2 }]
  const order: Order = (expectedTotal, idempotencyKey) => {
    const call = { memberId, expectedTotal, idempotencyKey }
    if (procedure === 'cart.checkout') return checkoutCart(shop.em, call)
    return shop.place({ ...call, items, payment: procedure === 'order.place later' ? 'later' : 'now' })
  }
  return { memberId, productId, order }
}

test.each(['order.place', 'order.place later', 'cart.checkout'])(
  '%s is refused at another total than the expected one: nothing is stored, and the key stays unused',
  async (procedure) => {
    const { memberId, productId, order } = await newBuyer(procedure)
    const before = [await countTraces(shop), await readCart(shop.em, memberId)]
    await updateProduct(shop.em, { productId, price: 1_001 })

    const problem = { code: 'PRICE_CHANGED', expectedTotal: 2_000, total: 2_002 }
    expect(await refusalOf(order(2_000, 'k'))).toEqual(problem)
    await updateProduct(shop.em, { productId, price: 1_000 })
    expect([await countTraces(shop), await readCart(shop.em, memberId)]).toEqual(before)
    expect([await shop.balance(memberId), await shop.stock(productId)]).toEqual([10_000, 100])

    const first = await order(2_000, 'k')
    expect(first).toMatchObject({ replayed: false, answer: { total: 2_000 } })
    await updateProduct(shop.em, { productId, price: 5_000 })
    expect(await order(2_000, 'k')).toEqual({ ...first, replayed: true })
    const reused = { code: 'IDEMPOTENCY_KEY_REUSED' }
    expect(await refusalOf(order(2_002, 'k'))).toEqual(reused)
    expect(await refusalOf(order(undefined, 'k'))).toEqual(reused)
  },
)

test('a product that left the cart changes its total too', async () => {
  const { memberId, productId, order } = await newBuyer('cart.checkout')
  const other = await shop.product({ price: 500 })
  await addToCart(shop.em, { memberId, productId: other, quantity: 1 })
  await removeProduct(shop.em, productId)
  expect(await refusalOf(order(2_500))).toEqual({ code: 'PRICE_CHANGED', expectedTotal: 2_500, total: 500 })
})

test.each([
  ['order.place', (productId: number) => ['now', [{ productId, quantity: 2 }]]],
  ['cart.checkout', () => null],
])('a key of %s that was stored before the expected total existed still matches', async (procedure, content) => {
  const { memberId, productId, order } = await newBuyer(procedure)
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([procedure, content(productId)]))
    .digest('base64url')
  const answer = { id: 'the first' }
  await shop.em.fork().insert(IdempotencyRecord, { memberId, key: 'k', fingerprint, answer, createdAt: new Date() })
  expect(await order(undefined, 'k')).toEqual({ answer, replayed: true })
})
