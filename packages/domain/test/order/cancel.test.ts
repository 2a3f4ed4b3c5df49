import { MAX_BALANCE } from '@jumun/contract'
import { useShop } from '@jumun/test-kit/domain-shop'
import { expect, test } from 'vitest'
import { cancelOrder } from '../../src/order/cancel-order.ts'
import { expireOrders } from '../../src/order/expire-orders.ts'
import { Order } from '../../src/order/order.entity.ts'
import { payOrder } from '../../src/order/pay-order.ts'
import { readOrder } from '../../src/order/read-orders.ts'
import { readPointHistory } from '../../src/point/read-points.ts'
import { removeProduct } from '../../src/product/write-products.ts'
import { countTraces, eventsOf } from '../../test-support/events.ts'
import { makeOverdue } from '../../test-support/order-times.ts'
import { refusalOf } from '../../test-support/refusal.ts'

const shop = useShop()
const allowAll = () => true

const cancel = (orderId: string, mayAccess: (memberId: string) => boolean = allowAll) =>
  cancelOrder(shop.em, { orderId, mayAccess }).then(({ answer }) => answer)

test('cancelling a paid order returns points and stock and adds an event for the data platform', async () => {
  const memberId = await shop.member(10_000)
  const [tea, jam] = [await shop.product({ price: 1_000, stock: 5 }), await shop.product({ price: 10, stock: 5 })]
  const items = [
    { productId: tea, quantity: 5 },
    { productId: jam, quantity: 2 },
  ]
  const { answer: order } = await shop.place({ memberId, items })
  const cancelled = await cancel(order.id)

  expect(cancelled).toEqual({ ...order, status: 'CANCELLED', cancelledAt: expect.any(String) })
  expect(await readOrder(shop.em, order.id)).toEqual(cancelled)
  expect([await shop.balance(memberId), await shop.stock(tea), await shop.stock(jam)]).toEqual([10_000, 5, 5])
  expect((await readPointHistory(shop.em, { memberId, limit: 1 })).items).toMatchObject([
    { kind: 'REFUND', amount: 5_020, balanceAfter: 10_000, orderId: order.id, createdAt: cancelled.cancelledAt },
  ])
  expect((await eventsOf(shop, order.id)).map(({ id, ...event }) => event)).toEqual([
    { type: 'order.paid', orderId: order.id, version: 1, occurredAt: order.paidAt, order },
    { type: 'order.cancelled', orderId: order.id, version: 2, occurredAt: cancelled.cancelledAt, order: cancelled },
  ])
})

test('cancelling an order that was placed and then paid creates its third version', async () => {
  const memberId = await shop.member()
  const items = [{ productId: await shop.product(), quantity: 1 }]
  const { id: orderId } = (await shop.place({ memberId, items, payment: 'later' })).answer
  await payOrder(shop.em, { orderId, mayAccess: allowAll })
  await cancel(orderId)
  expect((await eventsOf(shop, orderId)).map(({ type, version }) => [type, version])).toEqual([
    ['order.paid', 2],
    ['order.cancelled', 3],
  ])
})

test('cancelling an unpaid order returns its stock and moves no points', async () => {
  const memberId = await shop.member(10_000)
  const productId = await shop.product({ stock: 5 })
  const items = [{ productId, quantity: 5 }]
  const { answer: order } = await shop.place({ memberId, items, payment: 'later' })
  const cancelled = await cancel(order.id)
  expect(cancelled).toEqual({ ...order, status: 'CANCELLED', cancelledAt: expect.any(String) })
  expect(await readOrder(shop.em, order.id)).toEqual(cancelled)
  expect([await shop.balance(memberId), await shop.stock(productId)]).toEqual([10_000, 5])
  expect((await readPointHistory(shop.em, { memberId, limit: 100 })).items).toHaveLength(1)
  expect(await eventsOf(shop, order.id)).toEqual([])
})

test('a cancelled order keeps who cancelled it, if not the member, and why', async () => {
  const memberId = await shop.member()
  const items = [{ productId: await shop.product(), quantity: 1 }]
  const place = async () => (await shop.place({ memberId, items })).answer.id
  const kept = async (orderId: string, by: { actor?: string; reason?: string }) => {
    await cancelOrder(shop.em, { orderId, mayAccess: allowAll, ...by })
    const { cancelledBy, cancelReason } = await shop.em.fork().findOneOrFail(Order, { id: orderId })
    const [change] = await shop.em.execute<[{ data: object }]>(
      `select event->'data' as data from change cross join lateral json_array_elements(events) event
        where event->>'type' = 'order.cancelled' and event->'data'->'order'->>'id' = ?`,
      [orderId],
    )
    return { cancelledBy, cancelReason, ...change.data }
  }
  const told = await kept(await place(), { actor: 'operator', reason: 'sold out' })
  expect(told).toMatchObject({ cancelledBy: 'operator', cancelReason: 'sold out', reason: 'sold out' })
  const silent = await kept(await place(), { actor: memberId })
  expect(silent).toMatchObject({ cancelledBy: null, cancelReason: null })
  expect(silent).not.toHaveProperty('reason')
})

test('a repeated cancellation with its key returns the first answer, and its reason belongs to the input', async () => {
  const memberId = await shop.member()
  const productId = await shop.product({ stock: 5 })
  const { answer } = await shop.place({ memberId, items: [{ productId, quantity: 5 }] })
  const input = { orderId: answer.id, mayAccess: allowAll, idempotencyKey: 'k', reason: 'sold out' }
  const first = await cancelOrder(shop.em, input)
  expect(await cancelOrder(shop.em, input)).toEqual({ answer: first.answer, replayed: true })
  const reused = { code: 'IDEMPOTENCY_KEY_REUSED' }
  expect(await refusalOf(cancelOrder(shop.em, { ...input, reason: 'broken' }))).toEqual(reused)
  expect(await shop.stock(productId)).toBe(5)
})

test('an unpaid order of a member without a point account can be cancelled', async () => {
  const items = [{ productId: await shop.product(), quantity: 1 }]
  const { answer } = await shop.place({ memberId: 'nobody', items, payment: 'later' })
  expect((await cancel(answer.id)).status).toBe('CANCELLED')
})

test('a cancelled or expired order cannot be cancelled, and the error names its status', async () => {
  const memberId = await shop.member(10_000)
  const items = [{ productId: await shop.product(), quantity: 1 }]
  const cancelled = (await shop.place({ memberId, items })).answer.id
  const expired = (await shop.place({ memberId, items, payment: 'later' })).answer.id
  await cancel(cancelled)
  await makeOverdue(shop, expired)
  await expireOrders(shop.em)
  const traces = await countTraces(shop)

  const refusal = { code: 'ORDER_NOT_CANCELLABLE' }
  expect(await refusalOf(cancel(cancelled))).toEqual({ ...refusal, orderId: cancelled, orderStatus: 'CANCELLED' })
  expect(await refusalOf(cancel(expired))).toEqual({ ...refusal, orderId: expired, orderStatus: 'EXPIRED' })
  expect(await countTraces(shop)).toBe(traces)
  expect(await shop.balance(memberId)).toBe(10_000)
})

test('a refund that would exceed the maximum balance is refused, and the order stays paid', async () => {
  const memberId = await shop.member(1_000)
  const productId = await shop.product({ price: 1_000, stock: 5 })
  const { answer } = await shop.place({ memberId, items: [{ productId, quantity: 1 }] })
  await shop.em.execute('update point_account set balance = ? where member_id = ?', [MAX_BALANCE - 999, memberId])
  const traces = await countTraces(shop)
  expect(await refusalOf(cancel(answer.id))).toEqual({
    code: 'POINT_LIMIT_EXCEEDED',
    balance: MAX_BALANCE - 999,
    limit: MAX_BALANCE,
  })
  expect(await readOrder(shop.em, answer.id)).toEqual(answer)
  expect([await shop.stock(productId), await countTraces(shop)]).toEqual([4, traces])
})

test('cancelling also returns the stock of a removed product', async () => {
  const memberId = await shop.member()
  const productId = await shop.product({ stock: 5 })
  const { answer } = await shop.place({ memberId, items: [{ productId, quantity: 5 }] })
  await removeProduct(shop.em, productId)
  await cancel(answer.id)
  const stocks = await shop.em.execute('select quantity::int from product_stock where product_id = ?', [productId])
  expect(stocks).toEqual([{ quantity: 5 }])
})

test('orders of other members and unknown orders are not found', async () => {
  const memberId = await shop.member()
  const { answer } = await shop.place({ memberId, items: [{ productId: await shop.product(), quantity: 1 }] })
  const refusal = await refusalOf(cancel(answer.id, (owner) => owner !== memberId))
  expect(refusal).toEqual({ code: 'ORDER_NOT_FOUND', orderId: answer.id })
  expect((await readOrder(shop.em, answer.id)).status).toBe('PAID')
  const unknown = '019310a4-6f00-7000-8000-000000000001'
  expect(await refusalOf(cancel(unknown))).toEqual({ code: 'ORDER_NOT_FOUND', orderId: unknown })
})
