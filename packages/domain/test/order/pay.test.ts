import { useShop } from '@jumun/test-kit/domain-shop'
import { expect, test } from 'vitest'
import { cancelOrder } from '../../src/order/cancel-order.ts'
import { expireOrders } from '../../src/order/expire-orders.ts'
import { type PayOrderInput, payOrder } from '../../src/order/pay-order.ts'
import { readOrder } from '../../src/order/read-orders.ts'
import { chargePoints } from '../../src/point/move-points.ts'
import { readPointHistory } from '../../src/point/read-points.ts'
import { countTraces, eventsOf } from '../../test-support/events.ts'
import { makeOverdue } from '../../test-support/order-times.ts'
import { refusalOf } from '../../test-support/refusal.ts'

const shop = useShop()
const allowAll = () => true

const pay = ({ mayAccess = allowAll, ...input }: Partial<PayOrderInput> & { orderId: string }) =>
  payOrder(shop.em, { ...input, mayAccess })

async function pendingOrder(memberId: string) {
  const items = [{ productId: await shop.product({ price: 1_000, stock: 10 }), quantity: 2 }]
  return (await shop.place({ memberId, items, payment: 'later' })).answer
}

test('a payment deducts the points, keeps the stock and adds an event for the data platform', async () => {
  const memberId = await shop.member(5_000)
  const order = await pendingOrder(memberId)
  const { answer, replayed } = await pay({ orderId: order.id })

  expect(replayed).toBe(false)
  expect(answer).toEqual({ ...order, status: 'PAID', paidAt: expect.any(String) })
  expect(await readOrder(shop.em, order.id)).toEqual(answer)
  expect([await shop.balance(memberId), await shop.stock(order.items[0]?.productId ?? 0)]).toEqual([3_000, 8])
  expect((await readPointHistory(shop.em, { memberId, limit: 1 })).items).toMatchObject([
    { kind: 'PAYMENT', amount: -2_000, balanceAfter: 3_000, orderId: order.id, createdAt: answer.paidAt },
  ])
  expect(await eventsOf(shop, order.id)).toMatchObject([
    { type: 'order.paid', version: 2, occurredAt: answer.paidAt, order: answer },
  ])
})

test('a payment with too few points is refused, and succeeds after a charge', async () => {
  const memberId = await shop.member(1_999)
  const { id: orderId } = await pendingOrder(memberId)
  const traces = await countTraces(shop)
  expect(await refusalOf(pay({ orderId, idempotencyKey: 'k' }))).toEqual({
    code: 'INSUFFICIENT_POINTS',
    balance: 1_999,
    required: 2_000,
  })
  expect(await countTraces(shop)).toBe(traces)
  expect((await readOrder(shop.em, orderId)).status).toBe('PENDING_PAYMENT')
  await chargePoints(shop.em, { memberId, amount: 1 })
  expect((await pay({ orderId, idempotencyKey: 'k' })).answer.status).toBe('PAID')
  expect(await shop.balance(memberId)).toBe(0)
})

test('a member without an account has too few points', async () => {
  const { id: orderId } = await pendingOrder('nobody')
  expect(await refusalOf(pay({ orderId }))).toEqual({ code: 'INSUFFICIENT_POINTS', balance: 0, required: 2_000 })
})

test('a paid, cancelled or expired order cannot be paid, and the error names its status', async () => {
  const memberId = await shop.member(10_000)
  const [paid, cancelled, expired] = [
    (await shop.place({ memberId, items: [{ productId: await shop.product(), quantity: 1 }] })).answer,
    await pendingOrder(memberId),
    await pendingOrder(memberId),
  ]
  await cancelOrder(shop.em, { orderId: cancelled.id, mayAccess: allowAll })
  await makeOverdue(shop, expired.id)
  await expireOrders(shop.em)
  const balance = await shop.balance(memberId)

  for (const [{ id: orderId }, status] of [
    [paid, 'PAID'],
    [cancelled, 'CANCELLED'],
    [expired, 'EXPIRED'],
  ] as const) {
    expect(await refusalOf(pay({ orderId }))).toEqual({ code: 'ORDER_NOT_PAYABLE', orderId, orderStatus: status })
  }
  expect(await shop.balance(memberId)).toBe(balance)
})

test('an overdue order cannot be paid, even before it is marked as expired', async () => {
  const { id: orderId } = await pendingOrder(await shop.member())
  await makeOverdue(shop, orderId)
  expect(await refusalOf(pay({ orderId }))).toEqual({ code: 'ORDER_NOT_PAYABLE', orderId, orderStatus: 'EXPIRED' })
})

test('orders of other members and unknown orders are not found', async () => {
  const memberId = await shop.member()
  const { id: orderId } = await pendingOrder(memberId)
  const owners: string[] = []
  const mayAccess = (owner: string) => owners.push(owner) < 0
  expect(await refusalOf(pay({ orderId, mayAccess }))).toEqual({ code: 'ORDER_NOT_FOUND', orderId })
  expect(owners).toEqual([memberId])
  const unknown = '019310a4-6f00-7000-8000-000000000001'
  expect(await refusalOf(pay({ orderId: unknown }))).toEqual({ code: 'ORDER_NOT_FOUND', orderId: unknown })
})

test('a retry returns the first answer byte for byte, even after the order was cancelled', async () => {
  const memberId = await shop.member(5_000)
  const { id: orderId } = await pendingOrder(memberId)
  const call = { orderId, idempotencyKey: 'k' }
  const first = await pay(call)
  await cancelOrder(shop.em, { orderId, mayAccess: allowAll })
  const again = await pay(call)
  expect(again.replayed).toBe(true)
  expect(JSON.stringify(again.answer)).toBe(JSON.stringify(first.answer))
  expect(await shop.balance(memberId)).toBe(5_000)
})

test('an idempotency key that paid one order is refused for another order', async () => {
  const memberId = await shop.member(5_000)
  const [one, other] = [await pendingOrder(memberId), await pendingOrder(memberId)]
  await pay({ orderId: one.id, idempotencyKey: 'k' })
  expect(await refusalOf(pay({ orderId: other.id, idempotencyKey: 'k' }))).toEqual({ code: 'IDEMPOTENCY_KEY_REUSED' })
})
