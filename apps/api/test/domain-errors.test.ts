import { MAX_BALANCE, type ProblemCode } from '@jumun/contract'
import { cancelOrder } from '@jumun/domain'
import { useApi } from '@jumun/test-kit/api'
import { expect, test } from 'vitest'
import type { ProcedureName } from '../test-support/example-input.ts'
import { expectProblem } from '../test-support/expect-problem.ts'
import { databaseState, newFixture, newMember, newOrder, newProduct } from '../test-support/fixtures.ts'
import { call, type Transport, transports } from '../test-support/transports.ts'

const api = useApi({ settings: { ALLOW_SELF_CHARGE: 'true' } })

const NO_ORDER = '019310a4-6f00-7000-8000-000000000001'
const NO_PRODUCT = 2_147_483_647
const details = {
  requestId: expect.any(String),
  detail: expect.any(String),
  type: expect.any(String),
  title: expect.any(String),
}

/** A problem without the fields that every problem has. */
interface Refusal extends Record<string, unknown> {
  code: ProblemCode
  status: number
}

/** Expects that a call as an admin is refused with this problem and changes nothing. */
async function expectRefused(via: Transport, name: ProcedureName, input: object, refusal: Refusal) {
  const before = await databaseState(api)
  const reply = await call({
    url: api.url,
    via,
    name,
    input: { ...input },
    token: await api.token('operator', 'admin'),
  })
  expectProblem(reply, refusal.code)
  expect(reply.problem).toEqual({ ...details, ...refusal })
  expect(await databaseState(api)).toEqual(before)
}

async function setBalance(memberId: string, balance: number): Promise<void> {
  await api.services.em.execute('update point_account set balance = ? where member_id = ?', [balance, memberId])
}

test.each(transports)('unknown products are refused over %s', async (via) => {
  const { memberId, productId } = await newFixture(api)
  const problem: Refusal = { code: 'PRODUCT_NOT_FOUND', status: 404, productIds: [NO_PRODUCT] }
  const unknown = { productId: NO_PRODUCT }
  await expectRefused(via, 'product.byId', unknown, problem)
  await expectRefused(via, 'product.update', { ...unknown, price: 5 }, problem)
  await expectRefused(via, 'product.remove', unknown, problem)
  await expectRefused(via, 'cart.addItem', { memberId, ...unknown, quantity: 1 }, problem)
  await expectRefused(via, 'cart.setItem', { memberId, ...unknown, quantity: 1 }, problem)
  const items = [NO_PRODUCT, productId, NO_PRODUCT - 1].map((productId) => ({ productId, quantity: 1 }))
  const both: Refusal = { ...problem, productIds: [NO_PRODUCT - 1, NO_PRODUCT] }
  await expectRefused(via, 'order.place', { memberId, items }, both)
})

test.each(transports)('unknown orders are refused over %s', async (via) => {
  const problem: Refusal = { code: 'ORDER_NOT_FOUND', status: 404, orderId: NO_ORDER }
  for (const name of ['order.byId', 'order.cancel', 'payment.pay'] as const) {
    await expectRefused(via, name, { orderId: NO_ORDER }, problem)
  }
})

test.each(transports)('quantities above the stock are refused over %s', async (via) => {
  const memberId = await newMember(api)
  const scarce = await newProduct(api, { stock: 3 })
  const gone = await newProduct(api, { stock: 0 })
  const plenty = await newProduct(api)
  const items = [
    { productId: plenty, quantity: 1 },
    { productId: scarce, quantity: 2 },
    { productId: scarce, quantity: 2 },
    { productId: gone, quantity: 1 },
  ]
  const shortages = [
    { productId: scarce, requested: 4, available: 3 },
    { productId: gone, requested: 1, available: 0 },
  ]
  const problem: Refusal = { code: 'OUT_OF_STOCK', status: 409, shortages }
  await expectRefused(via, 'order.place', { memberId, items }, problem)
  await expectRefused(via, 'order.place', { memberId, items, payment: 'later' }, problem)
  const shortage = { productId: scarce, requested: 4, available: 3 }
  const correction: Refusal = { ...problem, shortages: [shortage] }
  await expectRefused(via, 'product.update', { productId: scarce, name: 'New', stockDelta: -4 }, correction)
})

test.each(transports)('a stock above the limit is refused over %s', async (via) => {
  const productId = await newProduct(api, { stock: 1_000_000_000 })
  const issues = [{ path: ['stockDelta'], message: expect.stringMatching(/1000000000/) }]
  const problem: Refusal = { code: 'BAD_REQUEST', status: 400, issues }
  await expectRefused(via, 'product.update', { productId, price: 5, stockDelta: 1 }, problem)
})

test.each(transports)('too few points are refused over %s', async (via) => {
  const memberId = await newMember(api, 1_999)
  const productId = await newProduct(api)
  const { id: orderId } = await newOrder(api, { memberId, productId, payment: 'later' })
  const problem: Refusal = { code: 'INSUFFICIENT_POINTS', status: 409, balance: 1_999, required: 2_000 }
  await expectRefused(via, 'order.place', { memberId, items: [{ productId, quantity: 2 }] }, problem)
  await expectRefused(via, 'payment.pay', { orderId }, problem)
  await expectRefused(via, 'point.use', { memberId, amount: 2_000 }, problem)
  const uncharged: Refusal = { ...problem, balance: 0, required: 1 }
  await expectRefused(via, 'point.use', { memberId: 'never-charged', amount: 1 }, uncharged)
})

test.each(transports)('a charge or refund that exceeds the limit of the balance is refused over %s', async (via) => {
  const memberId = await newMember(api)
  const productId = await newProduct(api)
  const { id: orderId } = await newOrder(api, { memberId, productId })
  await setBalance(memberId, MAX_BALANCE - 999)
  const problem: Refusal = { code: 'POINT_LIMIT_EXCEEDED', status: 422, balance: MAX_BALANCE - 999, limit: MAX_BALANCE }
  await expectRefused(via, 'point.charge', { memberId, amount: 1_000 }, problem)
  await expectRefused(via, 'order.cancel', { orderId }, problem)
  const input = { memberId, amount: 999 }
  const last = await call({ url: api.url, via, name: 'point.charge', input, token: await api.token(memberId) })
  expect(last.answer).toEqual({ memberId, balance: MAX_BALANCE })
})

test.each(transports)('paying or cancelling an order in the wrong status is refused over %s', async (via) => {
  const { memberId, productId } = await newFixture(api)
  const { id: paid } = await newOrder(api, { memberId, productId })
  const { id: cancelled } = await newOrder(api, { memberId, productId })
  const { id: expired } = await newOrder(api, { memberId, productId, payment: 'later' })
  const { em } = api.services
  await cancelOrder(em, { orderId: cancelled, mayAccess: () => true })
  await em.execute(`update "order" set status = 'EXPIRED' where id = ?`, [expired])

  for (const [orderId, orderStatus] of [
    [paid, 'PAID'],
    [cancelled, 'CANCELLED'],
    [expired, 'EXPIRED'],
  ]) {
    const unpayable: Refusal = { code: 'ORDER_NOT_PAYABLE', status: 409, orderId, orderStatus }
    await expectRefused(via, 'payment.pay', { orderId }, unpayable)
    if (orderStatus === 'PAID') continue
    const problem: Refusal = { code: 'ORDER_NOT_CANCELLABLE', status: 409, orderId, orderStatus }
    await expectRefused(via, 'order.cancel', { orderId }, problem)
  }
})

test.each(transports)('too many unpaid orders of one member are refused over %s', async (via) => {
  const memberId = await newMember(api, 0)
  const productId = await newProduct(api, { stock: 2_000 })
  for (let count = 0; count < 10; count++) await newOrder(api, { memberId, productId, payment: 'later' })
  const problem: Refusal = { code: 'TOO_MANY_UNPAID_ORDERS', status: 409, limit: 10 }
  const order = { memberId, items: [{ productId, quantity: 1 }], payment: 'later' }
  await expectRefused(via, 'order.place', order, problem)
  const items = [productId, await newProduct(api, { stock: 1 })].map((productId, index) => ({
    productId,
    quantity: index ? 1 : 1_000,
  }))
  await expectRefused(via, 'order.place', { ...order, memberId: 'another', items }, { ...problem, limit: 1_000 })
})

test.each(transports)('checking out an empty cart and overfilling a cart are refused over %s', async (via) => {
  const { memberId, productId } = await newFixture(api)
  await expectRefused(via, 'cart.checkout', { memberId: 'never-seen' }, { code: 'CART_EMPTY', status: 409 })
  const issues = [{ path: ['quantity'], message: expect.stringMatching(/1000/) }]
  const problem: Refusal = { code: 'BAD_REQUEST', status: 400, issues }
  await expectRefused(via, 'cart.addItem', { memberId, productId, quantity: 1_000 }, problem)

  await api.services.em.execute(
    `with new as (insert into product (name, price) select 'Tea', 1 from generate_series(1, 99) returning id),
       stocked as (insert into product_stock select id, 1, 1 from new)
     insert into cart_item (member_id, product_id, quantity) select ?, id, 1 from new`,
    [memberId],
  )
  const input = { memberId, productId: await newProduct(api), quantity: 1 }
  const tooMany: Refusal = { ...problem, issues: [{ path: ['productId'], message: expect.stringMatching(/100/) }] }
  await expectRefused(via, 'cart.addItem', input, tooMany)
  await expectRefused(via, 'cart.setItem', input, tooMany)
})

test.each(transports)(
  'an order and a checkout at another total than the expected one are refused over %s',
  async (via) => {
    const memberId = await newMember(api)
    const productId = await newProduct(api)
    const cartItem = { memberId, productId, quantity: 2 }
    await call({ url: api.url, via, name: 'cart.addItem', input: cartItem, token: await api.token(memberId) })
    const problem: Refusal = { code: 'PRICE_CHANGED', status: 409, expectedTotal: 1_999, total: 2_000 }
    const input = { memberId, expectedTotal: 1_999 }
    await expectRefused(via, 'order.place', { ...input, items: [{ productId, quantity: 2 }] }, problem)
    await expectRefused(via, 'cart.checkout', input, problem)
  },
)

test.each(transports)('an update of a product that is not as expected is refused over %s', async (via) => {
  const productId = await newProduct(api, { stock: 3 })
  const product = { id: productId, name: 'Hallabong tea', price: 1_000, stock: 3, key: null }
  const problem: Refusal = { code: 'PRODUCT_CHANGED', status: 409, product }
  const update = { productId, price: 5, stockDelta: 1, idempotencyKey: 'an update' }
  for (const expected of [{ expectedStock: 4 }, { expectedPrice: 999 }, { expectedName: 'Tea' }])
    await expectRefused(via, 'product.update', { ...update, ...expected }, problem)
  const token = await api.token('operator', 'admin')
  const input = { ...update, idempotencyKey: `an update over ${via}`, expectedStock: 3, expectedPrice: 1_000 }
  const { answer } = await call({ url: api.url, via, name: 'product.update', input, token })
  expect(answer).toEqual({ ...product, price: 5, stock: 4 })
})

test.each(transports)('an idempotency key that was used for another call is refused over %s', async (via) => {
  const { memberId, productId, orderId } = await newFixture(api)
  const token = await api.token(memberId)
  const idempotencyKey = 'the key'
  await call({ url: api.url, via, name: 'point.charge', input: { memberId, amount: 5, idempotencyKey }, token })
  const problem: Refusal = { code: 'IDEMPOTENCY_KEY_REUSED', status: 422 }
  await expectRefused(via, 'point.charge', { memberId, amount: 6, idempotencyKey }, problem)
  await expectRefused(via, 'point.use', { memberId, amount: 5, idempotencyKey }, problem)
  const items = [{ productId, quantity: 1 }]
  await expectRefused(via, 'order.place', { memberId, items, idempotencyKey }, problem)
  await expectRefused(via, 'payment.pay', { orderId, idempotencyKey }, problem)
  await expectRefused(via, 'cart.checkout', { memberId, idempotencyKey }, problem)
  await expectRefused(via, 'cart.addItem', { memberId, productId, quantity: 1, idempotencyKey }, problem)
  await expectRefused(via, 'order.cancel', { orderId, idempotencyKey }, problem)

  const other = await newMember(api)
  const input = { memberId: other, amount: 6, idempotencyKey }
  const byOther = await call({ url: api.url, via, name: 'point.charge', input, token: await api.token(other) })
  expect(byOther.status).toBe(200)
  expect(byOther.headers.get('idempotent-replayed')).toBeNull()
})

test.each(transports)('a refused call over %s does not use up its idempotency key', async (via) => {
  const memberId = await newMember(api, 0)
  const productId = await newProduct(api)
  const input = { memberId, items: [{ productId, quantity: 1 }], idempotencyKey: 'the key' }
  const token = await api.token(memberId)
  const place = () => call({ url: api.url, via, name: 'order.place', input, token })
  expectProblem(await place(), 'INSUFFICIENT_POINTS')
  await call({ url: api.url, via, name: 'point.charge', input: { memberId, amount: 1_000 }, token })
  const placed = await place()
  expect(placed.answer).toMatchObject({ status: 'PAID' })
  expect(placed.headers.get('idempotent-replayed')).toBeNull()
})
