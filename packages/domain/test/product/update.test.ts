import { useShop } from '@jumun/test-kit/domain-shop'
import { expect, test } from 'vitest'
import { cancelOrder } from '../../src/order/cancel-order.ts'
import { readProduct } from '../../src/product/read-products.ts'
import { updateProduct } from '../../src/product/write-products.ts'
import { refusalOf } from '../../test-support/refusal.ts'

const shop = useShop()

test('name, price and stock can be changed separately or together', async () => {
  const productId = await shop.product({ name: 'tea', price: 10, stock: 5 })
  expect(await updateProduct(shop.em, { productId, name: 'green tea' })).toMatchObject({ name: 'green tea', price: 10 })
  expect(await updateProduct(shop.em, { productId, price: 20 })).toMatchObject({
    name: 'green tea',
    price: 20,
    stock: 5,
  })
  expect(await updateProduct(shop.em, { productId, stockDelta: -5 })).toMatchObject({ price: 20, stock: 0 })
  const after = await updateProduct(shop.em, { productId, name: '녹차', price: 30, stockDelta: 7 })
  expect(after).toEqual({ id: productId, name: '녹차', price: 30, stock: 7, key: null })
  expect(await readProduct(shop.em, productId)).toEqual(after)
})

test('new orders get the new name and price, and earlier orders keep the old ones', async () => {
  const memberId = await shop.member()
  const productId = await shop.product({ name: 'old', price: 10 })
  const items = [{ productId, quantity: 1 }]
  const before = await shop.place({ memberId, items })
  await updateProduct(shop.em, { productId, name: 'new', price: 20 })
  const after = await shop.place({ memberId, items })
  expect(before.answer.items).toMatchObject([{ name: 'old', unitPrice: 10 }])
  expect(after.answer.items).toMatchObject([{ name: 'new', unitPrice: 20 }])
})

test('reducing stock below 0 reports the available stock and changes nothing, not even the name', async () => {
  const productId = await shop.product({ name: 'tea', stock: 5 })
  expect(await refusalOf(updateProduct(shop.em, { productId, name: 'other', stockDelta: -6 }))).toEqual({
    code: 'OUT_OF_STOCK',
    shortages: [{ productId, requested: 6, available: 5 }],
  })
  expect(await readProduct(shop.em, productId)).toMatchObject({ name: 'tea', stock: 5 })
})

test('stock can reach 1,000,000,000 and cannot exceed it', async () => {
  const productId = await shop.product({ stock: 999_999_999 })
  expect(await refusalOf(updateProduct(shop.em, { productId, stockDelta: 2 }))).toMatchObject({
    code: 'BAD_REQUEST',
    issues: [{ path: ['stockDelta'] }],
  })
  expect(await updateProduct(shop.em, { productId, stockDelta: 1 })).toMatchObject({ stock: 1_000_000_000 })
})

test('stock that cancellations raised above its limit can still be reduced', async () => {
  const productId = await shop.product({ stock: 1_000_000_000, price: 1 })
  const { answer } = await shop.place({ memberId: await shop.member(), items: [{ productId, quantity: 5 }] })
  await updateProduct(shop.em, { productId, stockDelta: 5 })
  await cancelOrder(shop.em, { orderId: answer.id, mayAccess: () => true })
  expect(await shop.stock(productId)).toBe(1_000_000_005)
  expect(await updateProduct(shop.em, { productId, stockDelta: -1 })).toMatchObject({ stock: 1_000_000_004 })
  expect(await refusalOf(updateProduct(shop.em, { productId, stockDelta: 1 }))).toMatchObject({ code: 'BAD_REQUEST' })
})

test('updating an unknown product fails with PRODUCT_NOT_FOUND', async () => {
  expect(await refusalOf(updateProduct(shop.em, { productId: 2_147_483_647, price: 1 }))).toEqual({
    code: 'PRODUCT_NOT_FOUND',
    productIds: [2_147_483_647],
  })
})
