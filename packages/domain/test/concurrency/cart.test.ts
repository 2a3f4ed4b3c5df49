import { useShop } from '@jumun/test-kit/domain-shop'
import { brokenInvariants, deadlocksIn } from '@jumun/test-kit/invariants'
import { byWorkers, inParallel, tally } from '@jumun/test-kit/parallel'
import { expect, test, vi } from 'vitest'
import { addToCart, clearCart, removeFromCart, setInCart } from '../../src/cart/change-cart.ts'
import { checkoutCart } from '../../src/cart/checkout-cart.ts'
import { readCart } from '../../src/cart/read-cart.ts'
import { listOrders } from '../../src/order/read-orders.ts'

// Ends only a test that hangs; a busy machine needs far less.
vi.setConfig({ testTimeout: 300_000 })
const shop = useShop({ poolSize: 20 })
const checkout = (memberId: string) => checkoutCart(shop.em, { memberId })

test('concurrent additions of one product to a new cart all count', async () => {
  const productId = await shop.product()
  const results = await byWorkers({ workers: 20, count: 100 }, () =>
    addToCart(shop.em, { memberId: 'tabs', productId, quantity: 3 }),
  )
  expect(tally(results)).toEqual({ fulfilled: 100 })
  expect((await readCart(shop.em, 'tabs')).items).toMatchObject([{ productId, quantity: 300 }])
})

test('concurrent additions of different products all count, up to 100 products', async () => {
  const products = await shop.products(110)
  const results = await byWorkers({ workers: 20, count: 110 }, (index) =>
    addToCart(shop.em, { memberId: 'many', productId: products[index] ?? 0, quantity: 1 }),
  )
  expect(tally(results)).toEqual({ fulfilled: 100, BAD_REQUEST: 10 })
  expect((await readCart(shop.em, 'many')).items).toHaveLength(100)
})

test('20 concurrent checkouts of a cart place one order', async () => {
  const memberId = await shop.member()
  const productId = await shop.product()
  await addToCart(shop.em, { memberId, productId, quantity: 2 })
  expect(tally(await inParallel(20, () => checkout(memberId)))).toEqual({ fulfilled: 1, CART_EMPTY: 19 })
  expect(await shop.stock(productId)).toBe(98)
  expect(await brokenInvariants(shop.em)).toEqual({})
})

test('an item that is added during a checkout is either ordered or still in the cart', async () => {
  const memberId = await shop.member()
  const [tea, jam] = [await shop.product({ price: 1, stock: 1_000 }), await shop.product({ price: 1, stock: 1_000 })]
  const results = await byWorkers({ workers: 20, count: 200 }, async (index) => {
    if (index % 4 === 3) await checkout(memberId)
    else await addToCart(shop.em, { memberId, productId: index % 2 ? tea : jam, quantity: 1 })
  })
  expect(Object.keys(tally(results)).filter((name) => name !== 'fulfilled' && name !== 'CART_EMPTY')).toEqual([])
  const ordered = (await listOrders(shop.em, { memberId, limit: 100 })).items.flatMap((order) => order.items)
  const left = (await readCart(shop.em, memberId)).items
  const sum = (productId: number) =>
    [...ordered, ...left]
      .filter((item) => item.productId === productId)
      .reduce((quantity, item) => quantity + item.quantity, 0)
  expect([sum(tea), sum(jam)]).toEqual([50, 100])
  expect(await brokenInvariants(shop.em)).toEqual({})
})

test('concurrent cart changes, checkouts and orders of one member never deadlock', async () => {
  const memberId = await shop.member(1_000_000_000)
  const products = await shop.products(4, { price: 1, stock: 10_000 })
  const results = await byWorkers({ workers: 20, count: 200 }, async (index) => {
    const productId = products[index % 4] ?? 0
    const changes = [
      () => addToCart(shop.em, { memberId, productId, quantity: 2 }),
      () => setInCart(shop.em, { memberId, productId, quantity: 1 }),
      () => checkout(memberId),
      () => shop.place({ memberId, items: products.map((productId) => ({ productId, quantity: 1 })) }),
      () => removeFromCart(shop.em, memberId, productId),
      () => clearCart(shop.em, memberId),
      () => addToCart(shop.em, { memberId, productId, quantity: 3 }),
    ]
    await changes[index % changes.length]?.()
  })
  expect(Object.keys(tally(results)).filter((name) => name !== 'fulfilled' && name !== 'CART_EMPTY')).toEqual([])
  expect(await brokenInvariants(shop.em)).toEqual({})
  expect(await deadlocksIn(shop.em, 20)).toBe(0)
})
