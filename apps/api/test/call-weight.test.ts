import type { ProcedureName } from '@jumun/contract'
import { addToCart, createProducts } from '@jumun/domain'
import { useApi } from '@jumun/test-kit/api'
import { expect, test } from 'vitest'
import { RateLimit } from '../src/http/rate-limit.ts'
import { expectProblem } from '../test-support/expect-problem.ts'
import { newMember } from '../test-support/fixtures.ts'
import { freezeClock } from '../test-support/frozen-clock.ts'
import { call, type Transport, transports } from '../test-support/transports.ts'

const LIMIT = 20

const api = useApi({ settings: { RATE_LIMIT_PER_SECOND: String(LIMIT) } })

const clock = freezeClock()

let productIds: number[] = []
async function items(count: number) {
  if (productIds.length === 0) {
    const products = Array.from({ length: 100 }, () => ({ name: 'Hallabong tea', price: 1_000, stock: 100 }))
    productIds = (await createProducts(api.services.em, products)).ids
  }
  return productIds.slice(0, count).map((productId) => ({ productId, quantity: 1 }))
}

async function memberWithOrders(...sizes: number[]) {
  const memberId = await newMember(api)
  const place = async (size: number) =>
    (await api.shop.place({ memberId, payment: 'later', items: await items(size) })).answer.id
  const orderIds: string[] = []
  for (const size of sizes) orderIds.push(await place(size))
  return { memberId, orderIds }
}

/** Calls, and returns the reply and how many calls it says are left. */
async function callAs(memberId: string, name: ProcedureName, input: Record<string, unknown>, via: Transport = 'tRPC') {
  const reply = await call({ url: api.url, via, name, input, token: await api.token(memberId) })
  const [, left] = /r=(\d+)/.exec(reply.headers.get('ratelimit') ?? '') ?? []
  return { reply, left: Number(left) }
}

test.each(transports)('over %s an order counts as a call for every ten items, and one of ten as one', async (via) => {
  for (const [size, cost] of [
    [1, 1],
    [10, 1],
    [30, 3],
  ] as const) {
    const memberId = await newMember(api)
    const { reply, left } = await callAs(memberId, 'order.place', { memberId, items: await items(size) }, via)
    expect(reply.answer).toBeDefined()
    expect(left).toBe(LIMIT - cost)
  }
})

test('an order that is refused counts as much as one that is placed', async () => {
  const memberId = await newMember(api, 1)
  const { reply, left } = await callAs(memberId, 'order.place', { memberId, items: await items(30) })
  expectProblem(reply, 'INSUFFICIENT_POINTS')
  expect(left).toBe(LIMIT - 3)
})

test('paying, cancelling and checking out count by the lines of the order', async () => {
  const { memberId, orderIds } = await memberWithOrders(30)
  const input = { orderId: orderIds[0] }
  expect((await callAs(memberId, 'payment.pay', input)).left).toBe(LIMIT - 3)
  expect((await callAs(memberId, 'order.cancel', input)).left).toBe(LIMIT - 6)
  for (const item of await items(30)) await addToCart(api.services.em, { memberId, ...item })
  expect((await callAs(memberId, 'cart.checkout', { memberId })).left).toBe(LIMIT - 9)
})

test('a refused checkout counts as five calls', async () => {
  const memberId = await newMember(api, 1)
  for (const item of await items(2)) await addToCart(api.services.em, { memberId, ...item })
  const { reply, left } = await callAs(memberId, 'cart.checkout', { memberId })
  expectProblem(reply, 'INSUFFICIENT_POINTS')
  expect(left).toBe(LIMIT - 5)
})

test('a list counts as a call for every fifty lines that it returns, those within orders included', async () => {
  const { memberId } = await memberWithOrders(100, 100, 100)
  expect((await callAs(memberId, 'order.list', { memberId, limit: 1 })).left).toBe(Math.floor(LIMIT - 101 / 50))
  clock.advance(60_000)
  expect((await callAs(memberId, 'order.list', { memberId, limit: 3 })).left).toBe(Math.floor(LIMIT - 303 / 50))
  clock.advance(60_000)
  expect((await callAs(memberId, 'product.list', { limit: 100 })).left).toBe(LIMIT - 2)
  clock.advance(60_000)
  expect((await callAs(memberId, 'product.list', { limit: 20 })).left).toBe(LIMIT - 1)
})

test('a caller whose calls cost more than was left may call again when that is paid', async () => {
  const memberId = await newMember(api)
  const input = { memberId, items: await items(100) }
  for (let order = 0; order < 4; order++) {
    const { reply } = await callAs(memberId, 'order.place', input)
    // Two orders of ten calls each use up the twenty; the third is refused before it is looked at.
    if (order >= 2) expectProblem(reply, 'TOO_MANY_REQUESTS')
  }
  clock.advance(950)
  await callAs(memberId, 'order.place', input)
  await callAs(memberId, 'order.place', { ...input, items: await items(90) })
  // 20 + 19 − 10 − 10 − 9 − 10 = −1 would be refused for at least 0.1 s; the refusals above cost nothing.
  const balance = { memberId }
  await callAs(memberId, 'point.balance', balance)
  const { reply } = await callAs(memberId, 'point.balance', balance)
  expectProblem(reply, 'TOO_MANY_REQUESTS')
  expect(reply.headers.get('retry-after')).toBe('1')
  clock.advance(150)
  expect((await callAs(memberId, 'point.balance', balance)).reply.status).toBe(200)
})

test('debt is carried over into the next seconds, and Retry-After says until when', async () => {
  const { memberId } = await memberWithOrders(...Array(5).fill(100))
  const list = () => callAs(memberId, 'order.list', { memberId, limit: 5 })
  // 505 lines: 10.1 calls.
  expect((await list()).left).toBe(9)
  expect((await list()).reply.status).toBe(200)
  const { reply } = await list()
  expectProblem(reply, 'TOO_MANY_REQUESTS')
  expect(reply.headers.get('retry-after')).toBe('1')
  // At 20 calls a second, the debt of 0.2 calls and one call come back within 60 ms.
  clock.advance(59)
  expectProblem((await list()).reply, 'TOO_MANY_REQUESTS')
  clock.advance(2)
  expect((await list()).reply.status).toBe(200)
})

test('a caller pays for ten seconds at most, whatever its calls cost', () => {
  const limit = new RateLimit(LIMIT)
  limit.allowance('mina', () => {}).charge(1_000_000)
  const call = () => limit.allowance('mina', () => {}).admit()
  expect(call).toThrow(expect.objectContaining({ details: { retryAfterSeconds: 11 } }))
  clock.advance(10_100)
  expect(call).not.toThrow()
})

test('a batch ends with refusals when its calls have cost more than is left, and others are served', async () => {
  const { memberId } = await memberWithOrders(...Array(20).fill(100))
  const headers = { authorization: `Bearer ${await api.token(memberId)}` }
  const input = encodeURIComponent(JSON.stringify({ ...Array(15).fill({ memberId, limit: 20 }) }))
  const response = await fetch(`${api.url}/trpc/${Array(15).fill('order.list').join()}?batch=1&input=${input}`, {
    headers,
  })
  const results = (await response.json()) as { error?: { data: { httpStatus: number } } }[]
  const statuses = results.map(({ error }) => error?.data.httpStatus ?? 200)
  // All fifteen would fit, if they were counted before their lines are known. Four run at once.
  expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(5)
  expect(statuses.at(-1)).toBe(429)
  const other = await newMember(api)
  expect((await callAs(other, 'point.balance', { memberId: other })).reply.status).toBe(200)
})
