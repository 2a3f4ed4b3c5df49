import { useShop } from '@jumun/test-kit/domain-shop'
import { expect, test } from 'vitest'
import { readAdjustments } from '../../src/product/read-adjustments.ts'
import { removeProduct, updateProduct } from '../../src/product/write-products.ts'
import { brokenCursors } from '../../test-support/cursors.ts'
import { refusalOf } from '../../test-support/refusal.ts'

const shop = useShop()
const TIME = expect.stringMatching(/Z$/)

test('each correction of a stock is kept with who made it and why, newest first, also when the product leaves the sale', async () => {
  const productId = await shop.product({ stock: 5 })
  await updateProduct(shop.em, { productId, stockDelta: 10, actor: 'operator', reason: 'delivery 7' })
  await updateProduct(shop.em, { productId, price: 20, actor: 'operator', reason: 'new price' })
  await shop.place({ memberId: await shop.member(), items: [{ productId, quantity: 3 }] })
  await updateProduct(shop.em, { productId, stockDelta: -12 })
  await refusalOf(updateProduct(shop.em, { productId, stockDelta: -1 }))
  await removeProduct(shop.em, productId)
  expect(await readAdjustments(shop.em, { productId, limit: 10 })).toEqual({
    items: [
      { id: expect.any(Number), delta: -12, stockAfter: 0, actor: null, reason: null, createdAt: TIME },
      { id: expect.any(Number), delta: 10, stockAfter: 15, actor: 'operator', reason: 'delivery 7', createdAt: TIME },
    ],
    nextCursor: null,
  })
})

test('pages of adjustments have no gap, no overlap and nothing of other products', async () => {
  const [productId, other] = [await shop.product(), await shop.product()]
  for (let stockDelta = 1; stockDelta <= 5; stockDelta++) {
    await updateProduct(shop.em, { productId, stockDelta })
    await updateProduct(shop.em, { productId: other, stockDelta: 9 })
  }
  const deltas: number[] = []
  let cursor: string | undefined
  do {
    const page = await readAdjustments(shop.em, { productId, limit: 2, cursor })
    deltas.push(...page.items.map(({ delta }) => delta))
    cursor = page.nextCursor ?? undefined
  } while (cursor)
  expect(deltas).toEqual([5, 4, 3, 2, 1])
  expect(await readAdjustments(shop.em, { productId: 2_147_483_647, limit: 1 })).toEqual({
    items: [],
    nextCursor: null,
  })
})

test.each(brokenCursors)('the invalid cursor %j of adjustments is refused', async (cursor) => {
  expect(await refusalOf(readAdjustments(shop.em, { productId: 1, limit: 1, cursor }))).toMatchObject({
    code: 'BAD_REQUEST',
    issues: [{ path: ['cursor'] }],
  })
})
