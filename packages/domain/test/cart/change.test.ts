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

test('a cart that was never used is empty', async () => {
  expect(await readCart(shop.em, 'nobody')).toEqual({ memberId: 'nobody', items: [], total: 0 })
})

test('adding adds to what is there, in the order in which things were put in', async () => {
  const memberId = newMember()
  const jam = await shop.product({ name: 'Jam', price: 70, stock: 9 })
  const tea = await shop.product({ name: '차', price: 1_000, stock: 1 })
  await addToCart(shop.em, { memberId, productId: tea, quantity: 2 })
  await addToCart(shop.em, { memberId, productId: jam, quantity: 1 })
  const cart = await addToCart(shop.em, { memberId, productId: tea, quantity: 3 })
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

test('a cart reserves nothing', async () => {
  const productId = await shop.product({ stock: 1 })
  for (const memberId of [newMember(), newMember()]) await addToCart(shop.em, { memberId, productId, quantity: 1_000 })
  expect(await shop.stock(productId)).toBe(1)
})

test('setting sets the quantity, whether the product is in the cart or not', async () => {
  const memberId = newMember()
  const productId = await shop.product()
  expect((await setInCart(shop.em, { memberId, productId, quantity: 7 })).items).toMatchObject([{ quantity: 7 }])
  expect((await setInCart(shop.em, { memberId, productId, quantity: 2 })).items).toMatchObject([{ quantity: 2 }])
})

test('removing takes one product out, also when it is not in', async () => {
  const memberId = newMember()
  const [tea, jam] = [await shop.product(), await shop.product()]
  await addToCart(shop.em, { memberId, productId: tea, quantity: 2 })
  await addToCart(shop.em, { memberId, productId: jam, quantity: 1 })
  const left = await removeFromCart(shop.em, memberId, tea)
  expect(left.items).toMatchObject([{ productId: jam, quantity: 1 }])
  expect(await removeFromCart(shop.em, memberId, tea)).toEqual(left)
  expect((await removeFromCart(shop.em, 'nobody', tea)).items).toEqual([])
})

test('clearing takes everything out, of this cart only', async () => {
  const [memberId, other] = [newMember(), newMember()]
  const productId = await shop.product()
  for (const one of [memberId, other]) await addToCart(shop.em, { memberId: one, productId, quantity: 1 })
  expect(await clearCart(shop.em, memberId)).toEqual({ memberId, items: [], total: 0 })
  expect((await readCart(shop.em, other)).items).toHaveLength(1)
  expect((await clearCart(shop.em, 'nobody')).items).toEqual([])
})

test('a cart shows name, price and stock as they are now, and what has run out stays in it', async () => {
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

test('what has gone off sale is no longer shown and cannot be put in', async () => {
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

test('a refused first product opens no cart', async () => {
  await refusalOf(addToCart(shop.em, { memberId: 'refused', productId: 2_147_483_647, quantity: 1 }))
  expect(await shop.em.execute(`select 1 from cart where member_id = 'refused'`)).toEqual([])
})

test('1,000 of a product may be in a cart, and not more', async () => {
  const memberId = newMember()
  const productId = await shop.product()
  await addToCart(shop.em, { memberId, productId, quantity: 999 })
  expect(await refusalOf(addToCart(shop.em, { memberId, productId, quantity: 2 }))).toEqual({
    code: 'BAD_REQUEST',
    issues: [{ path: ['quantity'], message: expect.stringContaining('1000') }],
  })
  expect((await addToCart(shop.em, { memberId, productId, quantity: 1 })).items).toMatchObject([{ quantity: 1_000 }])
})

test('100 products may be in a cart, and not more, and those that have gone off sale take no place', async () => {
  const memberId = newMember()
  const products: number[] = []
  for (let count = 0; count < 101; count++) products.push(await shop.product())
  const [first = 0, second = 0] = products
  const last = products.at(-1) ?? 0
  for (const productId of products.slice(0, 100)) await addToCart(shop.em, { memberId, productId, quantity: 1 })
  const tooMany = { code: 'BAD_REQUEST', issues: [{ path: ['productId'], message: expect.stringContaining('100') }] }
  expect(await refusalOf(addToCart(shop.em, { memberId, productId: last, quantity: 1 }))).toEqual(tooMany)
  expect(await refusalOf(setInCart(shop.em, { memberId, productId: last, quantity: 1 }))).toEqual(tooMany)
  expect((await addToCart(shop.em, { memberId, productId: first, quantity: 1 })).items).toHaveLength(100)
  await removeProduct(shop.em, second)
  expect((await addToCart(shop.em, { memberId, productId: last, quantity: 1 })).items).toHaveLength(100)
})
