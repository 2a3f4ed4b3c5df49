import { expect, test } from 'vitest'
import type { z } from 'zod'
import {
  cartItemInput,
  checkoutInput,
  createProductsInput,
  listProductsInput,
  movePointsInput,
  payOrderInput,
  placeOrderInput,
  pointHistoryInput,
  productByIdInput,
  updateProductInput,
} from '../src/index.ts'

const notIntegers = [1.5, 1e308, Number.NaN, Number.POSITIVE_INFINITY, '1', '', null, true, [1], {}, 1n]
const notTexts = ['', 'a\0b', 'a\nb', '\ud800', 'a\udfffb', 'x'.repeat(1_000_000), 7, null, ['a'], {}]
const memberIds = {
  good: ['a', 'A', '0', '._:@-', 'x'.repeat(64), '__proto__'],
  bad: [...notTexts, 'x'.repeat(65), 'a b', 'a/b', "a'b", 'é', '민아', 'a%'],
}
const keys = {
  good: ['k', ' ', '~', '"{}\'', 'x'.repeat(255)],
  bad: ['', 'x'.repeat(256), '\t', 'a\nb', 'a\0b', '\x7f', 'é', '한', 7, null],
}
const amounts = { good: [1, 1_000_000_000], bad: [0, -1, 1_000_000_001, 2 ** 31, ...notIntegers] }
const quantities = { good: [1, 1_000], bad: [0, -1, 1_001, 2 ** 31, ...notIntegers] }
const productIds = { good: [1, 2 ** 31 - 1], bad: [0, -1, 2 ** 31, ...notIntegers] }
const stocks = { good: [0, 1_000_000_000], bad: [-1, 1_000_000_001, ...notIntegers] }
const deltas = { good: [0, -1_000_000_000, 1_000_000_000], bad: [-1_000_000_001, 1_000_000_001, ...notIntegers] }
const names = { good: ['a', '한라봉 차', '🍊', ' ', '%_\\', 'x'.repeat(200)], bad: [...notTexts, 'x'.repeat(201)] }
const productKeys = { good: ['a', 'TEA-0042', '한라봉', ' ', 'x'.repeat(64)], bad: [...notTexts, 'x'.repeat(65)] }
const searches = { good: ['a', '%', '한', 'x'.repeat(100)], bad: [...notTexts, 'x'.repeat(101)] }
const limits = { good: [1, 100], bad: [0, -1, 101, ...notIntegers] }
const cursors = { good: ['x', 'x'.repeat(200)], bad: ['', 'x'.repeat(201), 7, null] }
const orderIds = {
  good: ['019310a4-6f00-7000-8000-000000000001'],
  bad: ['', '1', 7, '019310a46f0070008000000000000001', '019310a4-6f00-7000-8000-000000000001 ', null],
}
const payments = { good: ['now', 'later'], bad: ['', 'NOW', 'never', null, 0, {}] }

const points = { memberId: 'mina', amount: 1 }
const line = { productId: 1, quantity: 1 }
const placing = { memberId: 'mina', items: [line] }
const product = { name: 'tea', price: 1, stock: 1 }

interface Field {
  schema: z.ZodType
  /** The input around the value. */
  around: (value: unknown) => unknown
  values: { good: unknown[]; bad: unknown[] }
}

const fields: Record<string, Field> = {
  'memberId of a charge': {
    schema: movePointsInput,
    around: (memberId) => ({ ...points, memberId }),
    values: memberIds,
  },
  'amount of a charge': { schema: movePointsInput, around: (amount) => ({ ...points, amount }), values: amounts },
  'key of a charge': {
    schema: movePointsInput,
    around: (idempotencyKey) => ({ ...points, idempotencyKey }),
    values: keys,
  },
  'limit of a page': { schema: pointHistoryInput, around: (limit) => ({ memberId: 'mina', limit }), values: limits },
  'cursor of a page': {
    schema: pointHistoryInput,
    around: (cursor) => ({ memberId: 'mina', cursor }),
    values: cursors,
  },
  'search of a list': { schema: listProductsInput, around: (search) => ({ search }), values: searches },
  'id of a product': { schema: productByIdInput, around: (productId) => ({ productId }), values: productIds },
  'name of a product': {
    schema: createProductsInput,
    around: (name) => ({ items: [{ ...product, name }] }),
    values: names,
  },
  'price of a product': {
    schema: createProductsInput,
    around: (price) => ({ items: [{ ...product, price }] }),
    values: amounts,
  },
  'stock of a product': {
    schema: createProductsInput,
    around: (stock) => ({ items: [{ ...product, stock }] }),
    values: stocks,
  },
  'key of a product': {
    schema: createProductsInput,
    around: (key) => ({ items: [{ ...product, key }] }),
    values: productKeys,
  },
  'correction of a stock': {
    schema: updateProductInput,
    around: (stockDelta) => ({ productId: 1, stockDelta }),
    values: deltas,
  },
  'new name of a product': { schema: updateProductInput, around: (name) => ({ productId: 1, name }), values: names },
  'new price of a product': {
    schema: updateProductInput,
    around: (price) => ({ productId: 1, price }),
    values: amounts,
  },
  'memberId of an order': {
    schema: placeOrderInput,
    around: (memberId) => ({ ...placing, memberId }),
    values: memberIds,
  },
  'product of an order': {
    schema: placeOrderInput,
    around: (productId) => ({ ...placing, items: [{ ...line, productId }] }),
    values: productIds,
  },
  'quantity of an order': {
    schema: placeOrderInput,
    around: (quantity) => ({ ...placing, items: [{ ...line, quantity }] }),
    values: quantities,
  },
  'payment of an order': { schema: placeOrderInput, around: (payment) => ({ ...placing, payment }), values: payments },
  'key of an order': {
    schema: placeOrderInput,
    around: (idempotencyKey) => ({ ...placing, idempotencyKey }),
    values: keys,
  },
  'id of an order': { schema: payOrderInput, around: (orderId) => ({ orderId }), values: orderIds },
  'quantity in a cart': {
    schema: cartItemInput,
    around: (quantity) => ({ memberId: 'mina', ...line, quantity }),
    values: quantities,
  },
  'key of a checkout': {
    schema: checkoutInput,
    around: (idempotencyKey) => ({ memberId: 'mina', idempotencyKey }),
    values: keys,
  },
}

test.each(Object.entries(fields))('%s takes what is in its range and refuses what is not', (_, field) => {
  const taken = (value: unknown) => field.schema.safeParse(field.around(value)).success
  expect(field.values.good.filter((value) => !taken(value))).toEqual([])
  expect(field.values.bad.filter(taken)).toEqual([])
})

test('an order has 1 to 100 items', () => {
  const items = (count: number) => Array.from({ length: count }, (_, index) => ({ productId: index + 1, quantity: 1 }))
  const taken = [0, 1, 100, 101].map((count) => placeOrderInput.safeParse({ ...placing, items: items(count) }).success)
  expect(taken).toEqual([false, true, true, false])
})

test('items of one product may come to 1,000 together and not to more', () => {
  const items = (last: number) => [line, { productId: 2, quantity: 1_000 }, { productId: 1, quantity: last }]
  expect(placeOrderInput.safeParse({ ...placing, items: items(999) }).success).toBe(true)
  expect(placeOrderInput.safeParse({ ...placing, items: items(1_000) }).error?.issues).toMatchObject([
    { path: ['items', 2, 'quantity'] },
  ])
})

test('1 to 1,000 products are created at once', () => {
  const taken = [0, 1, 1_000, 1_001].map(
    (count) => createProductsInput.safeParse({ items: Array(count).fill(product) }).success,
  )
  expect(taken).toEqual([false, true, true, false])
})

test('an update of a product changes something', () => {
  expect(updateProductInput.safeParse({ productId: 1 }).success).toBe(false)
})

test.each([
  ['a charge', movePointsInput, points],
  ['an order', placeOrderInput, placing],
  ['a product', createProductsInput, { items: [product] }],
  ['an update', updateProductInput, { productId: 1, price: 1 }],
  ['a list', listProductsInput, {}],
  ['a cart item', cartItemInput, { memberId: 'mina', ...line }],
  ['a payment', payOrderInput, { orderId: orderIds.good[0] }],
] as const)('%s with an unknown field is refused', (_, schema, input) => {
  expect(schema.safeParse(input).success).toBe(true)
  expect(schema.safeParse({ ...input, admin: true }).success).toBe(false)
  expect(schema.safeParse({ ...input, ['__proto__']: {} }).success).toBe(false)
  expect(schema.safeParse([input]).success).toBe(false)
})

test('an item with an unknown field is refused', () => {
  expect(placeOrderInput.safeParse({ ...placing, items: [{ ...line, unitPrice: 1 }] }).success).toBe(false)
  expect(createProductsInput.safeParse({ items: [{ ...product, id: 7 }] }).success).toBe(false)
})
