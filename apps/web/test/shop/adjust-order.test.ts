import { JumunError } from '@jumun/client'
import { expect, test } from 'vitest'
import { linesLeft } from '../../src/shop/order/adjust-order.ts'

const line = { name: 'Tea', price: 1_000 }
const order = {
  memberId: 'mina',
  payment: 'now' as const,
  cartProducts: [],
  seenAt: 0,
  startedAt: 0,
  key: 'key',
  expectedTotal: 9_000,
  lines: [
    { ...line, productId: 1, quantity: 5 },
    { ...line, productId: 2, quantity: 3 },
    { ...line, productId: 3, quantity: 1 },
  ],
}

test('what is left of an order: less of what is short, and nothing of what is gone', () => {
  const shortages = [
    { productId: 1, requested: 5, available: 2 },
    { productId: 2, requested: 3, available: 0 },
  ]
  const short = new JumunError({ code: 'OUT_OF_STOCK', message: '', details: { shortages } })
  expect(linesLeft(order, short)).toEqual([
    { ...line, productId: 1, quantity: 2 },
    { ...line, productId: 3, quantity: 1 },
  ])
  const gone = new JumunError({ code: 'PRODUCT_NOT_FOUND', message: '', details: { productIds: [3] } })
  expect(linesLeft(order, gone)?.map(({ productId }) => productId)).toEqual([1, 2])
  const other = new JumunError({ code: 'CART_EMPTY', message: '', details: {} })
  expect(linesLeft(order, other)).toBeUndefined()
})
