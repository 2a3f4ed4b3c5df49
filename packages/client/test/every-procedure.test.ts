import { procedures } from '@jumun/contract'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { expect, expectTypeOf, test } from 'vitest'
import { isJumunError, type Order, type Product } from '../src/index.ts'
import { useRealApi } from '../test-support/real-api.ts'

const api = useRealApi()
const unknownOrder = '019310a4-6f00-7000-8000-000000000001'

/** Creates a product and returns its id. */
async function createProduct({ price = 1_000, stock = 10 } = {}): Promise<number> {
  const { ids } = await api
    .admin()
    .product.create.mutate({ items: [{ name: '한라봉 차 (Hallabong tea)', price, stock }] })
  return ids[0] ?? expect.unreachable()
}

/** Creates a member with points. */
async function memberWith(points: number) {
  const memberId = `member-${crypto.randomUUID()}`
  await api.admin().point.charge.mutate({ memberId, amount: points })
  return { memberId, jumun: api.member(memberId) }
}

test('points are charged, used, read and listed', async () => {
  const { memberId, jumun } = await memberWith(5_000)
  expect(await jumun.point.use.mutate({ memberId, amount: 2_000 })).toEqual({ memberId, balance: 3_000 })
  expect(await jumun.point.balance.query({ memberId })).toEqual({ memberId, balance: 3_000 })
  const { items, nextCursor } = await jumun.point.history.query({ memberId, limit: 1 })
  expect(items).toMatchObject([{ kind: 'USE', amount: -2_000, balanceAfter: 3_000 }])
  const next = await jumun.point.history.query({ memberId, cursor: nextCursor ?? '' })
  expect(next).toMatchObject({ items: [{ kind: 'CHARGE', amount: 5_000 }], nextCursor: null })
})

test('products are created, found, changed and removed', async () => {
  const productId = await createProduct()
  const admin = api.admin()
  const product = await admin.product.byId.query({ productId })
  expectTypeOf(product).toEqualTypeOf<Product>()
  expect(product).toEqual({ id: productId, name: '한라봉 차 (Hallabong tea)', price: 1_000, stock: 10, key: null })
  expect(await admin.product.update.mutate({ productId, price: 1_200, stockDelta: -3 })).toMatchObject({
    price: 1_200,
    stock: 7,
  })
  expect((await admin.product.list.query({ search: 'hallabong' })).items.map(({ id }) => id)).toContain(productId)
  expect(await admin.product.remove.mutate({ productId })).toEqual({ id: productId })
  const error = await admin.product.byId.query({ productId }).catch((error) => error)
  if (!isJumunError(error, 'PRODUCT_NOT_FOUND')) return expect.unreachable()
  expect(error).toMatchObject({ status: 404, details: { productIds: [productId] } })
  expect(error.requestId).toMatch(/^[0-9a-f-]{36}$/)
})

test('orders are placed, read and listed', async () => {
  const productId = await createProduct()
  const { memberId, jumun } = await memberWith(5_000)
  const placed = await jumun.order.place.mutate({ memberId, items: [{ productId, quantity: 3 }] })
  expectTypeOf(placed).toEqualTypeOf<Order>()
  expect(placed).toMatchObject({ status: 'PAID', total: 3_000 })
  expect(await jumun.order.byId.query({ orderId: placed.id })).toEqual(placed)
  expect(await jumun.order.list.query({ memberId })).toEqual({ items: [placed], nextCursor: null })
})

test('an order with payment later is paid and cancelled', async () => {
  const productId = await createProduct()
  const { memberId, jumun } = await memberWith(5_000)
  const order = { memberId, items: [{ productId, quantity: 1 }], payment: 'later' as const }
  const { id: orderId, status } = await jumun.order.place.mutate(order)
  expect(status).toBe('PENDING_PAYMENT')
  expect(await jumun.payment.pay.mutate({ orderId })).toMatchObject({ status: 'PAID' })
  expect(await jumun.order.cancel.mutate({ orderId })).toMatchObject({ status: 'CANCELLED' })
  expect(await jumun.point.balance.query({ memberId })).toMatchObject({ balance: 5_000 })
  const error = await jumun.order.cancel.mutate({ orderId }).catch((error) => error)
  expect(error).toMatchObject({
    code: 'ORDER_NOT_CANCELLABLE',
    status: 409,
    details: { orderId, orderStatus: 'CANCELLED' },
  })
})

test('a cart is filled, changed, ordered and emptied', async () => {
  const [one, other] = [await createProduct(), await createProduct()]
  const { memberId, jumun } = await memberWith(50_000)
  await jumun.cart.addItem.mutate({ memberId, productId: one, quantity: 1 })
  expect((await jumun.cart.addItem.mutate({ memberId, productId: one, quantity: 1 })).items).toMatchObject([
    { quantity: 2 },
  ])
  await jumun.cart.setItem.mutate({ memberId, productId: other, quantity: 5 })
  await jumun.cart.removeItem.mutate({ memberId, productId: one })
  expect(await jumun.cart.get.query({ memberId })).toMatchObject({
    total: 5_000,
    items: [{ productId: other, quantity: 5 }],
  })
  expect(await jumun.cart.checkout.mutate({ memberId })).toMatchObject({ status: 'PAID', total: 5_000 })
  await jumun.cart.addItem.mutate({ memberId, productId: one, quantity: 1 })
  expect(await jumun.cart.clear.mutate({ memberId })).toEqual({ memberId, items: [], total: 0 })
  await expect(jumun.cart.checkout.mutate({ memberId })).rejects.toMatchObject({ code: 'CART_EMPTY' })
})

test('a product that sells well is popular', async () => {
  const productId = await createProduct({ price: 10, stock: 1_000 })
  const { memberId, jumun } = await memberWith(10_000)
  await jumun.order.place.mutate({ memberId, items: [{ productId, quantity: 900 }] })
  const best = async () => (await jumun.popular.products.query({ limit: 1 })).items
  await expect
    .poll(best, { timeout: scaleByLoad(5_000) })
    .toMatchObject([{ rank: 1, productId, sold: 900, stock: 100 }])
})

test('an idempotency key returns its first order again, and is refused with another input', async () => {
  const productId = await createProduct()
  const { memberId, jumun } = await memberWith(5_000)
  const order = { memberId, items: [{ productId, quantity: 1 }], idempotencyKey: 'one' }
  const [first, second] = await Promise.all([jumun.order.place.mutate(order), jumun.order.place.mutate(order)])
  expect(second).toEqual(first)
  const other = { ...order, items: [{ productId, quantity: 2 }] }
  await expect(jumun.order.place.mutate(other)).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED', status: 422 })
})

test('problems have the requested and the available amounts', async () => {
  const productId = await createProduct({ stock: 1 })
  const { memberId, jumun } = await memberWith(500)
  const place = (quantity: number) => jumun.order.place.mutate({ memberId, items: [{ productId, quantity }] })
  await expect(place(2)).rejects.toMatchObject({
    code: 'OUT_OF_STOCK',
    details: { shortages: [{ productId, requested: 2, available: 1 }] },
  })
  await expect(place(1)).rejects.toMatchObject({
    code: 'INSUFFICIENT_POINTS',
    details: { balance: 500, required: 1_000 },
  })
  await expect(place(1.5)).rejects.toMatchObject({
    code: 'BAD_REQUEST',
    details: { issues: [{ path: ['items', 0, 'quantity'], message: expect.any(String) }] },
  })
  await expect(jumun.order.byId.query({ orderId: unknownOrder })).rejects.toMatchObject({
    details: { orderId: unknownOrder },
  })
  await expect(jumun.product.remove.mutate({ productId })).rejects.toMatchObject({ code: 'FORBIDDEN', status: 403 })
})

test('an operator audits the shop', async () => {
  const { holds, invariants } = await api.admin().admin.audit.query({})
  expect({ holds, broken: invariants.filter(({ broken }) => broken > 0) }).toEqual({ holds: true, broken: [] })
})

test('an operator lists and replays undelivered events, and reconciles orders with the data platform', async () => {
  const admin = api.admin()
  expect(await admin.outbox.list.query({})).toEqual({ items: [], nextCursor: null })
  expect(await admin.outbox.replay.mutate({ ids: [unknownOrder] })).toEqual({ replayed: 0, remaining: 0 })
  const { compared, differences, nextCursor } = await admin.admin.reconcile.mutate({ graceSeconds: 3_600 })
  expect({ differences, nextCursor }).toEqual({ differences: [], nextCursor: null })
  expect(compared).toBeGreaterThan(0)
})

test('an operator reads who corrected a stock', async () => {
  const productId = await createProduct()
  const admin = api.admin()
  await admin.product.update.mutate({ productId, stockDelta: 2, reason: 'found behind the shelf' })
  expect((await admin.product.adjustments.query({ productId })).items).toMatchObject([
    { delta: 2, actor: 'operator', reason: 'found behind the shelf' },
  ])
})

test('an operator searches orders, members and products', async () => {
  const { memberId, jumun } = await memberWith(5_000)
  const productId = await createProduct()
  const { id } = await jumun.order.place.mutate({ memberId, items: [{ productId, quantity: 1 }] })
  const { admin } = api.admin()
  expect((await admin.orders.query({ memberId })).items).toMatchObject([{ id }])
  expect((await admin.members.query({ prefix: memberId })).items).toEqual([{ memberId, balance: 4_000 }])
  expect((await admin.products.query({ limit: 1 })).items).toHaveLength(1)
  expect((await admin.productsByKeys.mutate({ keys: ['no such key'] })).items).toEqual([])
})

test('an operator reads the state of the shop, of an order and of the outbox', async () => {
  const { memberId, jumun } = await memberWith(5_000)
  const productId = await createProduct()
  const { id: orderId } = await jumun.order.place.mutate({ memberId, items: [{ productId, quantity: 1 }] })
  const { admin, outbox } = api.admin()
  const { order } = await admin.orderTimeline.query({ orderId })
  expect(order.id).toBe(orderId)
  // Its own event may have been delivered by now.
  await expect(outbox.event.query({ eventId: unknownOrder })).rejects.toMatchObject({ code: 'EVENT_NOT_FOUND' })
  expect((await outbox.reasons.query({})).items).toEqual([])
  expect(await admin.pulse.query({})).toBeDefined()
  expect(await admin.system.query({})).toBeDefined()
})

test('changes are listed and followed', async () => {
  const admin = api.admin()
  const { nextCursor: after } = await admin.live.list.query({})
  const productId = await createProduct()
  for await (const change of admin.changes({ after, topics: ['products'] })) {
    expect(change).toMatchObject({ type: 'product.created', actor: 'operator', data: { product: { id: productId } } })
    break
  }
})

test('the tests of this file call every procedure', () => {
  expect([...api.paths].sort()).toEqual(Object.keys(procedures).sort())
})
