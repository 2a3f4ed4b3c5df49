import { useShop } from '@jumun/test-kit/domain-shop'
import { brokenInvariants, deadlocksIn } from '@jumun/test-kit/invariants'
import { byWorkers, tally } from '@jumun/test-kit/parallel'
import { expect, test, vi } from 'vitest'
import { addToCart } from '../../src/cart/change-cart.ts'
import { checkoutCart } from '../../src/cart/checkout-cart.ts'
import { cancelOrder } from '../../src/order/cancel-order.ts'
import { expireOrders } from '../../src/order/expire-orders.ts'
import { payOrder } from '../../src/order/pay-order.ts'
import { chargePoints, usePoints } from '../../src/point/move-points.ts'
import { removeProduct, updateProduct } from '../../src/product/write-products.ts'
import { openQueueWithoutTimeout } from '../../test-support/queue-without-timeout.ts'

// Ends only a test that hangs; a busy machine needs far less.
vi.setConfig({ testTimeout: 300_000 })
const shop = useShop({ poolSize: 24 })

const mayAccess = () => true
const randomOf = <Item>(items: Item[]): Item | undefined => items[Math.floor(Math.random() * items.length)]

test('random concurrent operations lose no point and no item, and never deadlock', async () => {
  const products: number[] = []
  for (let count = 0; count < 6; count++) products.push(await shop.product({ price: 100 + count, stock: 40 }))
  const members = ['without-account']
  for (let count = 0; count < 5; count++) members.push(await shop.member(5_000))
  const orders: string[] = []
  const queue = openQueueWithoutTimeout(shop)

  const randomMember = () => randomOf(members) ?? ''
  const items = () =>
    [1, 2].map(() => ({ productId: randomOf(products) ?? 0, quantity: 1 + Math.floor(Math.random() * 3) }))
  const key = () => (Math.random() < 0.5 ? undefined : `key-${Math.floor(Math.random() * 20)}`)
  const place = async (payment: 'now' | 'later') => {
    const { answer } = await queue.place({ memberId: randomMember(), items: items(), payment, idempotencyKey: key() })
    orders.push(answer.id)
  }
  const operations = [
    () => chargePoints(shop.em, { memberId: randomMember(), amount: 500, idempotencyKey: key() }),
    () => usePoints(shop.em, { memberId: randomMember(), amount: 300, idempotencyKey: key() }),
    () => place('now'),
    () => place('now'),
    () => place('later'),
    () => place('later'),
    () => payOrder(shop.em, { orderId: randomOf(orders) ?? '', mayAccess, idempotencyKey: key() }),
    () => cancelOrder(shop.em, { orderId: randomOf(orders) ?? '', mayAccess }),
    () => addToCart(shop.em, { memberId: randomMember(), productId: randomOf(products) ?? 0, quantity: 1 }),
    () => checkoutCart(shop.em, { memberId: randomMember(), idempotencyKey: key() }),
    () => updateProduct(shop.em, { productId: randomOf(products) ?? 0, stockDelta: Math.random() < 0.7 ? 3 : -3 }),
    async () => {
      await shop.em.execute(`update "order" set expires_at = now() where id = ? and status = 'PENDING_PAYMENT'`, [
        randomOf(orders) ?? '',
      ])
      await expireOrders(shop.em)
    },
  ]
  await place('later')
  const results = await byWorkers({ workers: 24, count: 900 }, async (index) => {
    if (index === 700) await removeProduct(shop.em, products[0] ?? 0)
    await operations[index % operations.length]?.()
  })

  const expected = [
    'fulfilled',
    'INSUFFICIENT_POINTS',
    'OUT_OF_STOCK',
    'PRODUCT_NOT_FOUND',
    'ORDER_NOT_PAYABLE',
    'ORDER_NOT_CANCELLABLE',
    'IDEMPOTENCY_KEY_REUSED',
    'CART_EMPTY',
  ]
  expect(Object.keys(tally(results)).filter((name) => !expected.includes(name))).toEqual([])
  expect(await brokenInvariants(shop.em)).toEqual({})
  expect(await deadlocksIn(shop.em, 24)).toBe(0)
})
