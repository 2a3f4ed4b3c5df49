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
  productsByKeysInput,
  searchOrdersInput,
  searchProductsInput,
  updateProductInput,
} from '../src/index.ts'

const invalidIntegers = [1.5, 1e308, Number.NaN, Number.POSITIVE_INFINITY, '1', '', null, true, [1], {}, 1n]
const invalidTexts = ['', ' ', 'a\0b', 'a\nb', '\ud800', 'a\udfffb', 'x'.repeat(1_000_000), 7, null, ['a'], {}]
const memberIds = {
  valid: ['a', 'A', '0', '._:@-', 'x'.repeat(64), '__proto__'],
  invalid: [...invalidTexts, 'x'.repeat(65), 'a b', 'a/b', "a'b", 'é', '민아', 'a%'],
}
const keys = {
  valid: ['k', ' ', '~', '"{}\'', 'x'.repeat(255)],
  invalid: ['', 'x'.repeat(256), '\t', 'a\nb', 'a\0b', '\x7f', 'é', '한', 7, null],
}
const amounts = { valid: [1, 1_000_000_000], invalid: [0, -1, 1_000_000_001, 2 ** 31, ...invalidIntegers] }
const quantities = { valid: [1, 1_000], invalid: [0, -1, 1_001, 2 ** 31, ...invalidIntegers] }
const productIds = { valid: [1, 2 ** 31 - 1], invalid: [0, -1, 2 ** 31, ...invalidIntegers] }
const stocks = { valid: [0, 1_000_000_000], invalid: [-1, 1_000_000_001, ...invalidIntegers] }
const deltas = {
  valid: [0, -1_000_000_000, 1_000_000_000],
  invalid: [-1_000_000_001, 1_000_000_001, ...invalidIntegers],
}
const names = {
  valid: ['a', '한라봉 차', '🍊', '%_\\', 'x'.repeat(200)],
  invalid: [...invalidTexts, 'x'.repeat(201)],
}
const productKeys = {
  valid: ['a', 'TEA-0042', '한라봉', 'x'.repeat(64)],
  invalid: [...invalidTexts, 'x'.repeat(65)],
}
const searches = { valid: ['a', '%', '한', 'x'.repeat(100)], invalid: [...invalidTexts, 'x'.repeat(101)] }
const limits = { valid: [1, 100], invalid: [0, -1, 101, ...invalidIntegers] }
const cursors = { valid: ['x', 'x'.repeat(200)], invalid: ['', 'x'.repeat(201), 7, null] }
const orderIds = {
  valid: ['019310a4-6f00-7000-8000-000000000001'],
  invalid: ['', '1', 7, '019310a46f0070008000000000000001', '019310a4-6f00-7000-8000-000000000001 ', null],
}
const payments = { valid: ['now', 'later'], invalid: ['', 'NOW', 'never', null, 0, {}] }

const times = {
  valid: ['2026-01-15T03:00:00Z', '2026-01-15T03:00:00.123Z', '0000-01-01T00:00:00Z', '9999-12-31T23:59:59Z'],
  invalid: ['', '2026-01-15', '2026-02-30T00:00:00Z', '2026-01-15T03:00:00+09:00', 'now', 0, null],
}
const statuses = {
  valid: [['PAID'], ['PENDING_PAYMENT', 'PAID', 'CANCELLED', 'EXPIRED']],
  invalid: [[], ['paid'], 'PAID', null, ['PAID', 'PAID', 'PAID', 'PAID', 'PAID'], [null]],
}

const points = { memberId: 'mina', amount: 1 }
const line = { productId: 1, quantity: 1 }
const placing = { memberId: 'mina', items: [line] }
const product = { name: 'tea', price: 1, stock: 1 }

interface Field {
  schema: z.ZodType
  /** Puts the value into an otherwise valid input. */
  inputWith: (value: unknown) => unknown
  values: { valid: unknown[]; invalid: unknown[] }
}

const fields: Record<string, Field> = {
  'memberId of a charge': {
    schema: movePointsInput,
    inputWith: (memberId) => ({ ...points, memberId }),
    values: memberIds,
  },
  'amount of a charge': { schema: movePointsInput, inputWith: (amount) => ({ ...points, amount }), values: amounts },
  'key of a charge': {
    schema: movePointsInput,
    inputWith: (idempotencyKey) => ({ ...points, idempotencyKey }),
    values: keys,
  },
  'limit of a page': { schema: pointHistoryInput, inputWith: (limit) => ({ memberId: 'mina', limit }), values: limits },
  'cursor of a page': {
    schema: pointHistoryInput,
    inputWith: (cursor) => ({ memberId: 'mina', cursor }),
    values: cursors,
  },
  'search of a list': { schema: listProductsInput, inputWith: (search) => ({ search }), values: searches },
  'id of a product': { schema: productByIdInput, inputWith: (productId) => ({ productId }), values: productIds },
  'text of a search for orders': { schema: searchOrdersInput, inputWith: (text) => ({ text }), values: memberIds },
  'time of a search for orders': { schema: searchOrdersInput, inputWith: (from) => ({ from }), values: times },
  'status of a search for orders': { schema: searchOrdersInput, inputWith: (status) => ({ status }), values: statuses },
  'stock of a search for products': {
    schema: searchProductsInput,
    inputWith: (maxStock) => ({ maxStock }),
    values: stocks,
  },
  'keys to look up': {
    schema: productsByKeysInput,
    inputWith: (key) => ({ keys: [key] }),
    values: productKeys,
  },
  'name of a product': {
    schema: createProductsInput,
    inputWith: (name) => ({ items: [{ ...product, name }] }),
    values: names,
  },
  'price of a product': {
    schema: createProductsInput,
    inputWith: (price) => ({ items: [{ ...product, price }] }),
    values: amounts,
  },
  'stock of a product': {
    schema: createProductsInput,
    inputWith: (stock) => ({ items: [{ ...product, stock }] }),
    values: stocks,
  },
  'key of a product': {
    schema: createProductsInput,
    inputWith: (key) => ({ items: [{ ...product, key }] }),
    values: productKeys,
  },
  'correction of a stock': {
    schema: updateProductInput,
    inputWith: (stockDelta) => ({ productId: 1, stockDelta }),
    values: deltas,
  },
  'new name of a product': { schema: updateProductInput, inputWith: (name) => ({ productId: 1, name }), values: names },
  'new price of a product': {
    schema: updateProductInput,
    inputWith: (price) => ({ productId: 1, price }),
    values: amounts,
  },
  'memberId of an order': {
    schema: placeOrderInput,
    inputWith: (memberId) => ({ ...placing, memberId }),
    values: memberIds,
  },
  'product of an order': {
    schema: placeOrderInput,
    inputWith: (productId) => ({ ...placing, items: [{ ...line, productId }] }),
    values: productIds,
  },
  'quantity of an order': {
    schema: placeOrderInput,
    inputWith: (quantity) => ({ ...placing, items: [{ ...line, quantity }] }),
    values: quantities,
  },
  'payment of an order': {
    schema: placeOrderInput,
    inputWith: (payment) => ({ ...placing, payment }),
    values: payments,
  },
  'key of an order': {
    schema: placeOrderInput,
    inputWith: (idempotencyKey) => ({ ...placing, idempotencyKey }),
    values: keys,
  },
  'id of an order': { schema: payOrderInput, inputWith: (orderId) => ({ orderId }), values: orderIds },
  'quantity in a cart': {
    schema: cartItemInput,
    inputWith: (quantity) => ({ memberId: 'mina', ...line, quantity }),
    values: quantities,
  },
  'key of a checkout': {
    schema: checkoutInput,
    inputWith: (idempotencyKey) => ({ memberId: 'mina', idempotencyKey }),
    values: keys,
  },
}

test.each(Object.entries(fields))('%s accepts values in its range and refuses others', (_, field) => {
  const isAccepted = (value: unknown) => field.schema.safeParse(field.inputWith(value)).success
  expect(field.values.valid.filter((value) => !isAccepted(value))).toEqual([])
  expect(field.values.invalid.filter(isAccepted)).toEqual([])
})

test('an order has 1 to 100 items', () => {
  const items = (count: number) => Array.from({ length: count }, (_, index) => ({ productId: index + 1, quantity: 1 }))
  const accepted = [0, 1, 100, 101].map(
    (count) => placeOrderInput.safeParse({ ...placing, items: items(count) }).success,
  )
  expect(accepted).toEqual([false, true, true, false])
})

test('the quantities of one product add up to at most 1,000', () => {
  const items = (last: number) => [line, { productId: 2, quantity: 1_000 }, { productId: 1, quantity: last }]
  expect(placeOrderInput.safeParse({ ...placing, items: items(999) }).success).toBe(true)
  expect(placeOrderInput.safeParse({ ...placing, items: items(1_000) }).error?.issues).toMatchObject([
    { path: ['items', 2, 'quantity'] },
  ])
})

test('one call creates 1 to 1,000 products', () => {
  const accepted = [0, 1, 1_000, 1_001].map(
    (count) => createProductsInput.safeParse({ items: Array(count).fill(product) }).success,
  )
  expect(accepted).toEqual([false, true, true, false])
})

test('an update of a product has at least one change', () => {
  expect(updateProductInput.safeParse({ productId: 1 }).success).toBe(false)
})

test.each([
  ['a charge', movePointsInput, points],
  ['an order', placeOrderInput, placing],
  ['a product', createProductsInput, { items: [product] }],
  ['an update', updateProductInput, { productId: 1, price: 1 }],
  ['a list', listProductsInput, {}],
  ['a cart item', cartItemInput, { memberId: 'mina', ...line }],
  ['a payment', payOrderInput, { orderId: orderIds.valid[0] }],
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
