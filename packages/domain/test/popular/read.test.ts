import { useShop } from '@jumun/test-kit/domain-shop'
import { beforeEach, expect, test } from 'vitest'
import { cancelOrder } from '../../src/order/cancel-order.ts'
import { payOrder } from '../../src/order/pay-order.ts'
import { PopularWindows } from '../../src/popular/popular-windows.ts'
import { readPopular } from '../../src/popular/read-popular.ts'
import { removeProduct, updateProduct } from '../../src/product/write-products.ts'
import { insertPastOrders } from './past-orders.ts'

const DAY_MS = 86_400_000
const mayAccess = () => true

const shop = useShop()

// Moves the orders of earlier tests out of the window.
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

async function readRanks(input: { days?: number; limit?: number; at?: number } = {}) {
  return (await read(input)).items.map(({ rank, productId, sold }) => [rank, productId, sold])
}

test('a shop without sales has no popular products', async () => {
  await shop.product()
  const before = Date.now()
  const { from, to, items } = await read({ days: 2 })
  expect(items).toEqual([])
  expect(Date.parse(to) - Date.parse(from)).toBe(2 * DAY_MS)
  expect(Date.parse(to)).toBeGreaterThanOrEqual(before)
  expect(Date.parse(to)).toBeLessThanOrEqual(Date.now())
})

test('the five products with the highest sold quantity are listed in descending order with their current data', async () => {
  const sold: number[] = []
  for (const quantity of [3, 9, 1, 7, 5, 4]) sold.push((await sell(quantity)).productId)
  const [three, nine, , seven, five, four] = sold as [number, number, number, number, number, number]
  await sell(7, { productId: three })
  await updateProduct(shop.em, { productId: three, name: 'Honey', price: 7, stockDelta: 10 })
  expect(await readRanks()).toEqual([
    [1, three, 10],
    [2, nine, 9],
    [3, seven, 7],
    [4, five, 5],
    [5, four, 4],
  ])
  const { items } = await read({ limit: 1 })
  expect(items).toEqual([{ rank: 1, productId: three, name: 'Honey', price: 7, stock: 1_000, sold: 10 }])
})

test('the list is shorter if fewer products were sold', async () => {
  const { productId } = await sell(2)
  await shop.product()
  expect(await readRanks()).toEqual([[1, productId, 2]])
})

test('products with equal quantities are sorted by id, also at the end of the list', async () => {
  const ids = [await shop.product(), await shop.product(), await shop.product()]
  for (const productId of ids.toReversed()) await sell(2, { productId })
  expect(await readRanks({ limit: 2 })).toEqual([
    [1, ids[0], 2],
    [2, ids[1], 2],
  ])
})

test('an order counts from its payment until its cancellation', async () => {
  const { orderId, productId } = await sell(2, { payment: 'later' })
  expect(await readRanks()).toEqual([])
  await payOrder(shop.em, { orderId, mayAccess })
  expect(await readRanks()).toEqual([[1, productId, 2]])
  await cancelOrder(shop.em, { orderId, mayAccess })
  expect(await readRanks()).toEqual([])
})

test('an order that was cancelled before its payment never counts', async () => {
  const { orderId } = await sell(2, { payment: 'later' })
  await cancelOrder(shop.em, { orderId, mayAccess })
  expect(await readRanks()).toEqual([])
})

test('removed products leave their ranks to the next products', async () => {
  const { productId } = await sell(1)
  for (let count = 0; count < 40; count++) await removeProduct(shop.em, (await sell(2)).productId)
  expect(await readRanks()).toEqual([[1, productId, 1]])
})

test.each([
  ['one millisecond before the window', -1, 0],
  ['at the beginning of the window', 0, 1],
  ['one millisecond before the end', 3 * DAY_MS - 1, 1],
  ['at the end', 3 * DAY_MS, 0],
])('the window includes its beginning and excludes its end: an order paid %s', async (_, offset, products) => {
  const from = Date.UTC(2026, 1, 27)
  const productId = await shop.product()
  await insertPastOrders(shop.em, { memberId: await shop.member(), productIds: [productId] }, [from + offset])
  expect(await readRanks({ at: from + 3 * DAY_MS })).toHaveLength(products)
})

test('concurrent reads share their queries, and each sees every order that was placed before it', async () => {
  const windows = new PopularWindows(shop.em)
  const input = { days: 3, limit: 5 }
  const reads: Promise<unknown>[] = [readPopular(shop.em, windows, input)]
  const { productId } = await sell(1)
  const laterReads = Array.from({ length: 50 }, () => readPopular(shop.em, windows, input))
  await Promise.all(reads)
  const answers = await Promise.all(laterReads)
  for (const { items } of answers) expect(items).toMatchObject([{ productId, sold: 1 }])
  expect(new Set(answers.map(({ to }) => to)).size).toBeLessThanOrEqual(2)
})
