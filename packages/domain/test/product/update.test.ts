import { useShop } from '@jumun/test-kit/domain-shop'
import { expect, test } from 'vitest'
import { cancelOrder } from '../../src/order/cancel-order.ts'
import { readProduct } from '../../src/product/read-products.ts'
import { removeProduct, updateProduct } from '../../src/product/write-products.ts'
import { refusalOf } from '../../test-support/refusal.ts'

const shop = useShop()

test('name, price and stock can be changed separately or together', async () => {
  const productId = await shop.product({ name: 'tea', price: 10, stock: 5 })
  expect((await updateProduct(shop.em, { productId, name: 'green tea' })).answer).toMatchObject({
    name: 'green tea',
    price: 10,
  })
  expect((await updateProduct(shop.em, { productId, price: 20 })).answer).toMatchObject({
    name: 'green tea',
    price: 20,
    stock: 5,
  })
  expect((await updateProduct(shop.em, { productId, stockDelta: -5 })).answer).toMatchObject({ price: 20, stock: 0 })
  const { answer: after } = await updateProduct(shop.em, { productId, name: '녹차', price: 30, stockDelta: 7 })
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
  expect((await updateProduct(shop.em, { productId, stockDelta: 1 })).answer).toMatchObject({ stock: 1_000_000_000 })
})

test('stock that cancellations raised above its limit can still be reduced', async () => {
  const productId = await shop.product({ stock: 1_000_000_000, price: 1 })
  const { answer } = await shop.place({ memberId: await shop.member(), items: [{ productId, quantity: 5 }] })
  await updateProduct(shop.em, { productId, stockDelta: 5 })
  await cancelOrder(shop.em, { orderId: answer.id, mayAccess: () => true })
  expect(await shop.stock(productId)).toBe(1_000_000_005)
  expect((await updateProduct(shop.em, { productId, stockDelta: -1 })).answer).toMatchObject({ stock: 1_000_000_004 })
  expect(await refusalOf(updateProduct(shop.em, { productId, stockDelta: 1 }))).toMatchObject({ code: 'BAD_REQUEST' })
})

test('an update is refused, and changes nothing, unless the product is as expected', async () => {
  const productId = await shop.product({ name: 'tea', price: 10, stock: 5 })
  const product = { id: productId, name: 'tea', price: 10, stock: 5, key: null }
  for (const expected of [{ expectedName: 'Tea' }, { expectedPrice: 11 }, { expectedStock: 4 }]) {
    const update = updateProduct(shop.em, { productId, price: 20, stockDelta: -5, ...expected })
    expect(await refusalOf(update)).toEqual({ code: 'PRODUCT_CHANGED', product })
  }
  expect(await readProduct(shop.em, productId)).toEqual(product)
  const seen = { expectedName: 'tea', expectedPrice: 10, expectedStock: 5 }
  const { answer } = await updateProduct(shop.em, { productId, price: 20, ...seen })
  expect(answer).toEqual({ ...product, price: 20 })
})

test('an update with a repeated key changes once, also when it is repeated after the product left the sale', async () => {
  const productId = await shop.product({ stock: 5 })
  const input = { productId, stockDelta: 3, expectedStock: 5, actor: 'operator', idempotencyKey: 'k' }
  const first = await updateProduct(shop.em, input)
  expect(await updateProduct(shop.em, input)).toEqual({ ...first, replayed: true })
  expect(await shop.stock(productId)).toBe(8)
  await removeProduct(shop.em, productId)
  expect(await updateProduct(shop.em, input)).toEqual({ ...first, replayed: true })
  expect(await refusalOf(updateProduct(shop.em, { ...input, stockDelta: 4 }))).toEqual({
    code: 'IDEMPOTENCY_KEY_REUSED',
  })
})

test('a key of an update belongs to who makes it', async () => {
  const productId = await shop.product({ stock: 5 })
  const input = { productId, stockDelta: 1, idempotencyKey: 'same' }
  await updateProduct(shop.em, { ...input, actor: 'one' })
  const other = await updateProduct(shop.em, { ...input, actor: 'two' })
  expect(other).toMatchObject({ replayed: false, answer: { stock: 7 } })
})

test('a refused update uses no key up', async () => {
  const productId = await shop.product({ stock: 5 })
  const input = { productId, stockDelta: -6, expectedStock: 6, actor: 'operator', idempotencyKey: 'refused' }
  expect(await refusalOf(updateProduct(shop.em, input))).toMatchObject({ code: 'PRODUCT_CHANGED' })
  await updateProduct(shop.em, { productId, stockDelta: 1 })
  expect(await updateProduct(shop.em, input)).toMatchObject({ replayed: false, answer: { stock: 0 } })
})

test('updating an unknown product fails with PRODUCT_NOT_FOUND', async () => {
  expect(await refusalOf(updateProduct(shop.em, { productId: 2_147_483_647, price: 1 }))).toEqual({
    code: 'PRODUCT_NOT_FOUND',
    productIds: [2_147_483_647],
  })
})
