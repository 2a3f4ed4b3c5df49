import { cart as cartSchema } from '@jumun/contract'
import { useShop } from '@jumun/test-kit/domain-shop'
import { expect, test } from 'vitest'
import { addToCart, clearCart, removeFromCart, setInCart } from '../../src/cart/change-cart.ts'
import { readCart } from '../../src/cart/read-cart.ts'
import { removeProduct, updateProduct } from '../../src/product/write-products.ts'
import { refusalOf } from '../../test-support/refusal.ts'

const shop = useShop()
let members = 0
const newMember = () => `shopper-${++members}`

test('the cart of a member who never used it is empty', async () => {
  expect(await readCart(shop.em, 'nobody')).toEqual({ memberId: 'nobody', items: [], total: 0 })
})

test('adding increases the quantity, and products stay in the order of their first addition', async () => {
  const memberId = newMember()
  const jam = await shop.product({ name: 'Jam', price: 70, stock: 9 })
  const tea = await shop.product({ name: '차', price: 1_000, stock: 1 })
  await addToCart(shop.em, { memberId, productId: tea, quantity: 2 })
  await addToCart(shop.em, { memberId, productId: jam, quantity: 1 })
  const { answer: cart } = await addToCart(shop.em, { memberId, productId: tea, quantity: 3 })
  expect(cart).toEqual({
    memberId,
    items: [
      { productId: tea, name: '차', price: 1_000, stock: 1, quantity: 5, amount: 5_000 },
      { productId: jam, name: 'Jam', price: 70, stock: 9, quantity: 1, amount: 70 },
    ],
    total: 5_070,
  })
  expect(cartSchema.parse(cart)).toEqual(cart)
  expect(await readCart(shop.em, memberId)).toEqual(cart)
})

test('an addition with a repeated key adds once', async () => {
  const memberId = newMember()
  const productId = await shop.product()
  const input = { memberId, productId, quantity: 2, idempotencyKey: 'k' }
  const first = await addToCart(shop.em, input)
  await setInCart(shop.em, { memberId, productId, quantity: 7 })
  expect(await addToCart(shop.em, input)).toEqual({ answer: first.answer, replayed: true })
  expect((await readCart(shop.em, memberId)).items).toMatchObject([{ quantity: 7 }])
  expect(await refusalOf(addToCart(shop.em, { ...input, quantity: 3 }))).toEqual({ code: 'IDEMPOTENCY_KEY_REUSED' })
})

test('a cart reserves no stock', async () => {
  const productId = await shop.product({ stock: 1 })
  for (const memberId of [newMember(), newMember()]) await addToCart(shop.em, { memberId, productId, quantity: 1_000 })
  expect(await shop.stock(productId)).toBe(1)
})

test('a quantity can be set whether or not the product is in the cart', async () => {
  const memberId = newMember()
  const productId = await shop.product()
  expect((await setInCart(shop.em, { memberId, productId, quantity: 7 })).items).toMatchObject([{ quantity: 7 }])
  expect((await setInCart(shop.em, { memberId, productId, quantity: 2 })).items).toMatchObject([{ quantity: 2 }])
})

test('removing a product removes nothing else, and is no error if the product is absent', async () => {
  const memberId = newMember()
  const [tea, jam] = [await shop.product(), await shop.product()]
  await addToCart(shop.em, { memberId, productId: tea, quantity: 2 })
  await addToCart(shop.em, { memberId, productId: jam, quantity: 1 })
  const left = await removeFromCart(shop.em, memberId, tea)
  expect(left.items).toMatchObject([{ productId: jam, quantity: 1 }])
  expect(await removeFromCart(shop.em, memberId, tea)).toEqual(left)
  expect((await removeFromCart(shop.em, 'nobody', tea)).items).toEqual([])
})

test('clearing removes every product from this cart only', async () => {
  const [memberId, other] = [newMember(), newMember()]
  const productId = await shop.product()
  for (const one of [memberId, other]) await addToCart(shop.em, { memberId: one, productId, quantity: 1 })
  expect(await clearCart(shop.em, memberId)).toEqual({ memberId, items: [], total: 0 })
  expect((await readCart(shop.em, other)).items).toHaveLength(1)
  expect((await clearCart(shop.em, 'nobody')).items).toEqual([])
})

test('a cart shows current names, prices and stocks, and keeps products that are out of stock', async () => {
  const memberId = newMember()
  const productId = await shop.product({ name: 'old', price: 10, stock: 2 })
  await addToCart(shop.em, { memberId, productId, quantity: 2 })
  await updateProduct(shop.em, { productId, name: 'new', price: 20, stockDelta: -2 })
  expect(await readCart(shop.em, memberId)).toEqual({
    memberId,
    items: [{ productId, name: 'new', price: 20, stock: 0, quantity: 2, amount: 40 }],
    total: 40,
  })
})

test('a removed product is not shown in a cart and cannot be added', async () => {
  const memberId = newMember()
  const [gone, tea] = [await shop.product(), await shop.product()]
  for (const productId of [gone, tea]) await addToCart(shop.em, { memberId, productId, quantity: 1 })
  await removeProduct(shop.em, gone)
  expect((await readCart(shop.em, memberId)).items).toMatchObject([{ productId: tea }])
  const notFound = { code: 'PRODUCT_NOT_FOUND', productIds: [gone] }
  expect(await refusalOf(addToCart(shop.em, { memberId, productId: gone, quantity: 1 }))).toEqual(notFound)
  expect(await refusalOf(setInCart(shop.em, { memberId, productId: gone, quantity: 1 }))).toEqual(notFound)
  expect(await refusalOf(addToCart(shop.em, { memberId, productId: 2_147_483_647, quantity: 1 }))).toEqual({
    code: 'PRODUCT_NOT_FOUND',
    productIds: [2_147_483_647],
  })
})

test('a refused first addition creates no cart', async () => {
  await refusalOf(addToCart(shop.em, { memberId: 'refused', productId: 2_147_483_647, quantity: 1 }))
  expect(await shop.em.execute(`select 1 from cart where member_id = 'refused'`)).toEqual([])
})

test('a cart takes at most 1,000 of a product', async () => {
  const memberId = newMember()
  const productId = await shop.product()
  await addToCart(shop.em, { memberId, productId, quantity: 999 })
  expect(await refusalOf(addToCart(shop.em, { memberId, productId, quantity: 2 }))).toEqual({
    code: 'BAD_REQUEST',
    issues: [{ path: ['quantity'], message: expect.stringContaining('1000') }],
  })
  expect((await addToCart(shop.em, { memberId, productId, quantity: 1 })).answer.items).toMatchObject([
    { quantity: 1_000 },
  ])
})

test('a cart takes at most 100 products, not counting removed ones', async () => {
  const memberId = newMember()
  const products = await shop.products(101)
  const [first = 0, second = 0] = products
  const last = products.at(-1) ?? 0
  for (const productId of products.slice(0, 100)) await addToCart(shop.em, { memberId, productId, quantity: 1 })
  const tooMany = { code: 'BAD_REQUEST', issues: [{ path: ['productId'], message: expect.stringContaining('100') }] }
  expect(await refusalOf(addToCart(shop.em, { memberId, productId: last, quantity: 1 }))).toEqual(tooMany)
  expect(await refusalOf(setInCart(shop.em, { memberId, productId: last, quantity: 1 }))).toEqual(tooMany)
  expect((await addToCart(shop.em, { memberId, productId: first, quantity: 1 })).answer.items).toHaveLength(100)
  await removeProduct(shop.em, second)
  expect((await addToCart(shop.em, { memberId, productId: last, quantity: 1 })).answer.items).toHaveLength(100)
})
