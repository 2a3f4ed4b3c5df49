import { order as orderSchema } from '@jumun/contract'
import { useShop } from '@jumun/test-kit/domain-shop'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { expect, test } from 'vitest'
import { readOrder } from '../../src/order/read-orders.ts'
import { readPointHistory } from '../../src/point/read-points.ts'
import { eventsOf } from '../../test-support/events.ts'

const shop = useShop()

const uuidV7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

test('an order of several products is paid at once and changes points, stock, ledger and outbox', async () => {
  const memberId = await shop.member(100_000)
  const tea = await shop.product({ name: '한라봉 차', price: 12_900, stock: 5 })
  const jam = await shop.product({ name: 'Jam', price: 7_000, stock: 1 })
  const before = Date.now()
  const items = [
    { productId: jam, quantity: 1 },
    { productId: tea, quantity: 5 },
  ]
  const { answer, replayed } = await shop.place({ memberId, items })

  expect(replayed).toBe(false)
  expect(answer).toEqual({
    id: expect.stringMatching(uuidV7),
    memberId,
    status: 'PAID',
    items: [
      { productId: tea, name: '한라봉 차', unitPrice: 12_900, quantity: 5, amount: 64_500 },
      { productId: jam, name: 'Jam', unitPrice: 7_000, quantity: 1, amount: 7_000 },
    ],
    total: 71_500,
    createdAt: answer.paidAt,
    paidAt: expect.any(String),
    expiresAt: null,
    cancelledAt: null,
  })
  expect(orderSchema.parse(answer)).toEqual(answer)
  expect(Math.abs(Date.parse(answer.createdAt) - before)).toBeLessThan(scaleByLoad(10_000))
  expect(await readOrder(shop.em, answer.id)).toEqual(answer)
  expect([await shop.balance(memberId), await shop.stock(tea), await shop.stock(jam)]).toEqual([28_500, 0, 0])
  expect((await readPointHistory(shop.em, { memberId, limit: 1 })).items).toMatchObject([
    { kind: 'PAYMENT', amount: -71_500, balanceAfter: 28_500, orderId: answer.id, createdAt: answer.paidAt },
  ])
  expect(await eventsOf(shop, answer.id)).toEqual([
    {
      id: expect.stringMatching(uuidV7),
      type: 'order.paid',
      orderId: answer.id,
      version: 1,
      occurredAt: answer.paidAt,
      order: answer,
    },
  ])
})

test('items of the same product become one line, and lines are sorted by product id', async () => {
  const memberId = await shop.member()
  const [first, second, third] = [await shop.product(), await shop.product(), await shop.product()]
  const items = [third, first, second, first, third, first].map((productId, index) => ({
    productId,
    quantity: index + 1,
  }))
  const { answer } = await shop.place({ memberId, items })
  expect(answer.items.map(({ productId, quantity }) => [productId, quantity])).toEqual([
    [first, 2 + 4 + 6],
    [second, 3],
    [third, 1 + 5],
  ])
  expect(answer.total).toBe(21_000)
  expect(await shop.stock(first)).toBe(88)
})

test('an order can spend the last points and the last stock', async () => {
  const memberId = await shop.member(3_000)
  const productId = await shop.product({ price: 1_000, stock: 3 })
  await shop.place({ memberId, items: [{ productId, quantity: 3 }] })
  expect([await shop.balance(memberId), await shop.stock(productId)]).toEqual([0, 0])
})

test('the total of the largest order that the limits allow is exact', async () => {
  const memberId = await shop.member(1)
  const items = []
  for (let count = 0; count < 100; count++) {
    items.push({ productId: await shop.product({ price: 1_000_000_000, stock: 1_000 }), quantity: 1_000 })
  }
  await shop.em.execute('update point_account set balance = 100000000000001 where member_id = ?', [memberId])
  const { answer } = await shop.place({ memberId, items })
  expect(answer.total).toBe(100_000_000_000_000)
  expect(orderSchema.parse(answer).items).toHaveLength(100)
  expect(await shop.balance(memberId)).toBe(1)
})

test('order ids of one process are ascending', async () => {
  const memberId = await shop.member()
  const productId = await shop.product()
  const ids: string[] = []
  for (let count = 0; count < 10; count++) {
    ids.push((await shop.place({ memberId, items: [{ productId, quantity: 1 }] })).answer.id)
  }
  expect(ids).toEqual(ids.toSorted())
})
