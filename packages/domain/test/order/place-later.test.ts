import { useShop } from '@jumun/test-kit/domain-shop'
import { expect, test } from 'vitest'
import { readOrder } from '../../src/order/read-orders.ts'
import { eventsOf } from '../../test-support/events.ts'
import { refusalOf } from '../../test-support/refusal.ts'

const shop = useShop()

test('an order with payment later reserves its stock for 15 minutes, deducts no points and adds no event', async () => {
  const memberId = await shop.member(5_000)
  const productId = await shop.product({ price: 1_000, stock: 3 })
  const { answer } = await shop.place({ memberId, items: [{ productId, quantity: 3 }], payment: 'later' })

  expect(answer).toMatchObject({ status: 'PENDING_PAYMENT', total: 3_000, paidAt: null, cancelledAt: null })
  expect(Date.parse(answer.expiresAt ?? '') - Date.parse(answer.createdAt)).toBe(15 * 60_000)
  expect(await readOrder(shop.em, answer.id)).toEqual(answer)
  expect([await shop.balance(memberId), await shop.stock(productId)]).toEqual([5_000, 0])
  expect(await eventsOf(shop, answer.id)).toEqual([])
})

test('a member without a point account can place an order with payment later', async () => {
  const productId = await shop.product({ stock: 1 })
  const { answer } = await shop.place({ memberId: 'nobody', items: [{ productId, quantity: 1 }], payment: 'later' })
  expect(answer.status).toBe('PENDING_PAYMENT')
  expect(await shop.stock(productId)).toBe(0)
})

test('reserved stock cannot be sold to another member', async () => {
  const productId = await shop.product({ stock: 3 })
  await shop.place({ memberId: await shop.member(), items: [{ productId, quantity: 2 }], payment: 'later' })
  expect(await refusalOf(shop.place({ memberId: await shop.member(), items: [{ productId, quantity: 2 }] }))).toEqual({
    code: 'OUT_OF_STOCK',
    shortages: [{ productId, requested: 2, available: 1 }],
  })
})
