import { useShop } from '@jumun/test-kit/domain-shop'
import { beforeEach, expect, test } from 'vitest'
import { cancelOrder } from '../../src/order/cancel-order.ts'
import { payOrder } from '../../src/order/pay-order.ts'
import { PopularWindows } from '../../src/popular/popular-windows.ts'
import { readPopular } from '../../src/popular/read-popular.ts'
import { removeProduct, updateProduct } from '../../src/product/write-products.ts'
import { writePast } from './history.ts'

const DAY_MS = 86_400_000
const mayTouch = () => true

const shop = useShop()

// What earlier tests sold is long ago.
beforeEach(async () => {
  await shop.em.execute(`update "order" set paid_at = paid_at - interval '2400 hours' where paid_at is not null`)
})

async function sell(quantity: number, options: { productId?: number; payment?: 'later' } = {}) {
  const { productId = await shop.product({ stock: 1_000 }), payment = 'now' } = options
  const { answer } = await shop.place({ memberId: await shop.member(), items: [{ productId, quantity }], payment })
  return { productId, orderId: answer.id }
}

function read(input: { days?: number; limit?: number; at?: number } = {}) {
  return readPopular(shop.em, new PopularWindows(shop.em), { days: 3, limit: 5, ...input })
}

async function readInShort(input: { days?: number; limit?: number; at?: number } = {}) {
  return (await read(input)).items.map(({ rank, productId, sold }) => [rank, productId, sold])
}

test('a shop that has sold nothing has no popular products', async () => {
  await shop.product()
  const before = Date.now()
  const { from, to, items } = await read({ days: 2 })
  expect(items).toEqual([])
  expect(Date.parse(to) - Date.parse(from)).toBe(2 * DAY_MS)
  expect(Date.parse(to)).toBeGreaterThanOrEqual(before)
  expect(Date.parse(to)).toBeLessThanOrEqual(Date.now())
})

test('the five most sold are named by the sum of their quantities, most first, with what they are now', async () => {
  const sold: number[] = []
  for (const quantity of [3, 9, 1, 7, 5, 4]) sold.push((await sell(quantity)).productId)
  const [three, nine, , seven, five, four] = sold as [number, number, number, number, number, number]
  await sell(7, { productId: three })
  await updateProduct(shop.em, { productId: three, name: 'Honey', price: 7, stockDelta: 10 })
  expect(await readInShort()).toEqual([
    [1, three, 10],
    [2, nine, 9],
    [3, seven, 7],
    [4, five, 5],
    [5, four, 4],
  ])
  const { items } = await read({ limit: 1 })
  expect(items).toEqual([{ rank: 1, productId: three, name: 'Honey', price: 7, stock: 1_000, sold: 10 }])
})

test('fewer are named where fewer were sold', async () => {
  const { productId } = await sell(2)
  await shop.product()
  expect(await readInShort()).toEqual([[1, productId, 2]])
})

test('of products sold alike the lower id comes first, also where the list is cut', async () => {
  const ids = [await shop.product(), await shop.product(), await shop.product()]
  for (const productId of ids.toReversed()) await sell(2, { productId })
  expect(await readInShort({ limit: 2 })).toEqual([
    [1, ids[0], 2],
    [2, ids[1], 2],
  ])
})

test('an order counts once it is paid and no longer when it is cancelled', async () => {
  const { orderId, productId } = await sell(2, { payment: 'later' })
  expect(await readInShort()).toEqual([])
  await payOrder(shop.em, shop.outbox, { orderId, mayTouch })
  expect(await readInShort()).toEqual([[1, productId, 2]])
  await cancelOrder(shop.em, shop.outbox, { orderId, mayTouch })
  expect(await readInShort()).toEqual([])
})

test('an order that was cancelled before it was paid never counts', async () => {
  const { orderId } = await sell(2, { payment: 'later' })
  await cancelOrder(shop.em, shop.outbox, { orderId, mayTouch })
  expect(await readInShort()).toEqual([])
})

test('a product taken off sale makes room for the next, however many they are', async () => {
  const { productId } = await sell(1)
  for (let count = 0; count < 40; count++) await removeProduct(shop.em, (await sell(2)).productId)
  expect(await readInShort()).toEqual([[1, productId, 1]])
})

test.each([
  ['one millisecond before the window', -1, 0],
  ['at its beginning', 0, 1],
  ['one millisecond before its end', 3 * DAY_MS - 1, 1],
  ['at its end', 3 * DAY_MS, 0],
])('an order paid %s counts as it should', async (_, offset, products) => {
  const from = Date.UTC(2026, 1, 27)
  const productId = await shop.product()
  await writePast(shop.em, { memberId: await shop.member(), productIds: [productId] }, [from + offset])
  expect(await readInShort({ at: from + 3 * DAY_MS })).toHaveLength(products)
})

test('readers who come at once share their reads, and each sees what was there before it came', async () => {
  const windows = new PopularWindows(shop.em)
  const input = { days: 3, limit: 5 }
  const reads: Promise<unknown>[] = [readPopular(shop.em, windows, input)]
  const { productId } = await sell(1)
  const later = Array.from({ length: 50 }, () => readPopular(shop.em, windows, input))
  await Promise.all(reads)
  const answers = await Promise.all(later)
  for (const { items } of answers) expect(items).toMatchObject([{ productId, sold: 1 }])
  expect(new Set(answers.map(({ to }) => to)).size).toBeLessThanOrEqual(2)
})
