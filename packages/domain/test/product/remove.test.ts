import { useShop } from '@jumun/test-kit/domain-shop'
import { expect, test } from 'vitest'
import { readOrder } from '../../src/order/read-orders.ts'
import { listProducts, readProduct } from '../../src/product/read-products.ts'
import { removeProduct, updateProduct } from '../../src/product/write-products.ts'
import { refusalOf } from '../../test-support/refusal.ts'

const shop = useShop()

test('a removed product cannot be listed, read, changed, removed or ordered', async () => {
  const memberId = await shop.member()
  const productId = await shop.product({ name: 'Gone tea' })
  await removeProduct(shop.em, productId)

  const notFound = { code: 'PRODUCT_NOT_FOUND', productIds: [productId] }
  expect((await listProducts(shop.em, { limit: 100 })).items).toEqual([])
  expect((await listProducts(shop.em, { limit: 100, search: 'Gone' })).items).toEqual([])
  expect(await refusalOf(readProduct(shop.em, productId))).toEqual(notFound)
  expect(await refusalOf(updateProduct(shop.em, { productId, stockDelta: 1 }))).toEqual(notFound)
  expect(await refusalOf(removeProduct(shop.em, productId))).toEqual(notFound)
  expect(await refusalOf(shop.place({ memberId, items: [{ productId, quantity: 1 }] }))).toEqual(notFound)
})

test('past orders keep a removed product', async () => {
  const productId = await shop.product()
  const { answer } = await shop.place({ memberId: await shop.member(), items: [{ productId, quantity: 1 }] })
  await removeProduct(shop.em, productId)
  expect(await readOrder(shop.em, answer.id)).toEqual(answer)
})

test('removing an unknown product fails with PRODUCT_NOT_FOUND', async () => {
  expect(await refusalOf(removeProduct(shop.em, 2_147_483_647))).toEqual({
    code: 'PRODUCT_NOT_FOUND',
    productIds: [2_147_483_647],
  })
})
