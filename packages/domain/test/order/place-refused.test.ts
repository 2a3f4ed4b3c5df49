import { useShop } from '@jumun/test-kit/domain-shop'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { removeProduct } from '../../src/product/write-products.ts'
import { countTraces } from '../../test-support/events.ts'
import { refusalOf } from '../../test-support/refusal.ts'

const shop = useShop()
let memberId: string
let tea: number
let jam: number
let tracesBefore: number

beforeEach(async () => {
  memberId = await shop.member(10_000)
  tea = await shop.product({ price: 1_000, stock: 5 })
  jam = await shop.product({ price: 100, stock: 2 })
  tracesBefore = await countTraces(shop)
})

afterEach(async () => {
  expect(await countTraces(shop)).toBe(tracesBefore)
  expect([await shop.balance(memberId), await shop.stock(tea)]).toEqual([10_000, 5])
})

const place = (items: [productId: number, quantity: number][], payment: 'now' | 'later' = 'now') =>
  shop.place({ memberId, payment, items: items.map(([productId, quantity]) => ({ productId, quantity })) })

test('the error lists all unknown products, sorted by id', async () => {
  const order = place([
    [2_147_483_647, 1],
    [tea, 1],
    [2_147_483_646, 1],
  ])
  expect(await refusalOf(order)).toEqual({ code: 'PRODUCT_NOT_FOUND', productIds: [2_147_483_646, 2_147_483_647] })
})

test('a removed product is not found, even if it is in stock', async () => {
  await removeProduct(shop.em, jam)
  const order = place([
    [jam, 1],
    [tea, 1],
  ])
  expect(await refusalOf(order)).toEqual({ code: 'PRODUCT_NOT_FOUND', productIds: [jam] })
})

test('the error lists every product that is short with its requested and available quantity', async () => {
  const order = place([
    [jam, 2],
    [tea, 4],
    [jam, 1],
    [tea, 2],
  ])
  expect(await refusalOf(order)).toEqual({
    code: 'OUT_OF_STOCK',
    shortages: [
      { productId: tea, requested: 6, available: 5 },
      { productId: jam, requested: 3, available: 2 },
    ],
  })
})

test('the error lists only the products that are short', async () => {
  const order = place([
    [tea, 5],
    [jam, 3],
  ])
  expect(await refusalOf(order)).toMatchObject({ shortages: [{ productId: jam }] })
})

test('an order with payment later is also refused if the stock is too low', async () => {
  expect(await refusalOf(place([[tea, 6]], 'later'))).toMatchObject({ code: 'OUT_OF_STOCK' })
})

test('an unknown product is reported before a shortage', async () => {
  const order = place([
    [tea, 6],
    [2_147_483_647, 1],
  ])
  expect(await refusalOf(order)).toEqual({ code: 'PRODUCT_NOT_FOUND', productIds: [2_147_483_647] })
})

test('the error of an order with too few points holds the balance and the total', async () => {
  const cake = await shop.product({ price: 9_001, stock: 1 })
  const order = place([
    [cake, 1],
    [tea, 1],
  ])
  expect(await refusalOf(order)).toEqual({ code: 'INSUFFICIENT_POINTS', balance: 10_000, required: 10_001 })
  expect(await shop.stock(cake)).toBe(1)
})

test('a member without an account has too few points', async () => {
  const order = shop.place({ memberId: 'nobody', items: [{ productId: tea, quantity: 1 }] })
  expect(await refusalOf(order)).toEqual({ code: 'INSUFFICIENT_POINTS', balance: 0, required: 1_000 })
})
