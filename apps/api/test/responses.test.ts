import { procedures, takesIdempotencyKey } from '@jumun/contract'
import { useApi } from '@jumun/test-kit/api'
import { expect, test } from 'vitest'
import {
  type CalledName,
  exampleInput,
  type Ids,
  type ProcedureName,
  procedureNames,
  requiredRole,
} from '../test-support/example-input.ts'
import { newFixture, newMember, newProduct } from '../test-support/fixtures.ts'
import { call, type Reply, send, transports } from '../test-support/transports.ts'

const api = useApi({ settings: { ALLOW_SELF_CHARGE: 'true' } })

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
const UUID7 = expect.stringMatching(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
const NUMBER = expect.any(Number)

const name = 'Hallabong tea'

function order({ memberId, productId }: Ids, quantity: number, more: object) {
  const amount = quantity * 1_000
  const items = [{ productId, name, unitPrice: 1_000, quantity, amount }]
  const times = { createdAt: TIME, paidAt: null, expiresAt: null, cancelledAt: null }
  return { id: UUID7, memberId, items, total: amount, ...times, ...more }
}

function cart({ memberId, productId }: Ids, quantity: number) {
  const amount = quantity * 1_000
  const items = quantity === 0 ? [] : [{ productId, name, price: 1_000, stock: 98, quantity, amount }]
  return { memberId, items, total: amount }
}

/** The answer to each procedure's example input, with a new fixture. */
const answers: Record<CalledName, (ids: Ids) => unknown> = {
  'point.charge': ({ memberId }) => ({ memberId, balance: 1_010_000 }),
  'point.use': ({ memberId }) => ({ memberId, balance: 997_000 }),
  'point.balance': ({ memberId }) => ({ memberId, balance: 1_000_000 }),
  'point.history': () => ({
    items: [
      {
        ...{ id: NUMBER, kind: 'CHARGE', amount: 1_000_000, balanceAfter: 1_000_000, createdAt: TIME },
        ...{ orderId: null, actor: null, reason: null },
      },
    ],
    nextCursor: null,
  }),
  'product.list': () => ({
    items: expect.arrayContaining([{ id: NUMBER, name, price: 1_000, stock: NUMBER, key: null }]),
    nextCursor: expect.toBeOneOf([null, expect.any(String)]),
  }),
  'product.byId': ({ productId: id }) => ({ id, name, price: 1_000, stock: 98, key: null }),
  'product.create': () => ({ ids: [NUMBER] }),
  'product.update': ({ productId: id }) => ({ id, name, price: 1_000, stock: 148, key: null }),
  'product.adjustments': () => ({ items: [], nextCursor: null }),
  'product.remove': ({ productId: id }) => ({ id }),
  'order.place': (ids) => order(ids, 2, { status: 'PAID', paidAt: TIME }),
  'order.cancel': (ids) => order(ids, 2, { id: ids.orderId, status: 'CANCELLED', expiresAt: TIME, cancelledAt: TIME }),
  'order.byId': (ids) => order(ids, 2, { id: ids.orderId, status: 'PENDING_PAYMENT', expiresAt: TIME }),
  'order.list': (ids) => ({
    items: [order(ids, 2, { id: ids.orderId, status: 'PENDING_PAYMENT', expiresAt: TIME })],
    nextCursor: null,
  }),
  'payment.pay': (ids) =>
    order(ids, 2, { id: ids.orderId, status: 'PAID', paidAt: TIME, expiresAt: expect.toBeOneOf([null, TIME]) }),
  'popular.products': () => ({ from: TIME, to: TIME, items: expect.any(Array) }),
  'live.list': () => ({ items: [], nextCursor: expect.any(String), reset: false }),
  'cart.get': (ids) => cart(ids, 1),
  'cart.addItem': (ids) => cart(ids, 3),
  'cart.setItem': (ids) => cart(ids, 5),
  'cart.removeItem': (ids) => cart(ids, 0),
  'cart.clear': (ids) => cart(ids, 0),
  'cart.checkout': (ids) => order(ids, 1, { status: 'PAID', paidAt: TIME }),
  'admin.orders': (ids) => ({
    items: expect.arrayContaining([order(ids, 2, { id: ids.orderId, status: 'PENDING_PAYMENT', expiresAt: TIME })]),
    nextCursor: expect.toBeOneOf([null, expect.any(String)]),
    matches: { count: NUMBER, exact: true },
  }),
  'admin.members': () => ({
    items: expect.arrayContaining([{ memberId: expect.any(String), balance: NUMBER }]),
    nextCursor: expect.toBeOneOf([null, expect.any(String)]),
  }),
  'admin.products': () => ({
    items: expect.arrayContaining([{ id: NUMBER, name, price: 1_000, stock: NUMBER, key: null, removedAt: null }]),
    nextCursor: expect.toBeOneOf([null, expect.any(String)]),
  }),
  'admin.productsByKeys': () => ({ items: [] }),
  'admin.reconcile': () => ({
    compared: NUMBER,
    total: NUMBER,
    fresh: NUMBER,
    differences: expect.any(Array),
    nextCursor: null,
  }),
  'outbox.list': () => ({ items: [], nextCursor: null }),
  'outbox.replay': () => ({ replayed: 0, remaining: 0 }),
  'outbox.reasons': () => ({ items: [], waiting: NUMBER, dead: 0 }),
  'outbox.event': ({ eventId }) => ({
    ...{ id: eventId, eventId, state: 'waiting', type: 'order.paid', orderId: UUID7, version: 1, attempts: NUMBER },
    reason: expect.toBeOneOf([null, expect.any(String)]),
    since: TIME,
    nextAttemptAt: expect.toBeOneOf([null, TIME]),
    payload: expect.objectContaining({ id: eventId, type: 'order.paid', occurredAt: TIME }),
  }),
  'admin.pulse': () => ({ process: { id: expect.any(String), startedAt: TIME }, samples: expect.any(Array) }),
  'admin.system': () => ({
    ready: true,
    database: expect.any(Object),
    migrations: { applied: expect.any(Array), pending: [] },
    processes: [expect.objectContaining({ self: true })],
    settings: expect.any(Array),
  }),
  'admin.orderTimeline': (ids) => ({
    order: order(ids, 2, { id: ids.orderId, status: 'PENDING_PAYMENT', expiresAt: TIME }),
    steps: expect.any(Array),
    events: [],
    platform: { state: 'missing', version: null, reason: null },
  }),
  'admin.audit': () => ({ at: TIME, holds: true, invariants: expect.any(Array) }),
}

const cases = procedureNames.flatMap((procedure) => transports.map((via) => ({ procedure, via })))

test.each(cases)('$procedure over $via returns its answer', async ({ procedure, via }) => {
  const { status = 200 } = procedures[procedure]
  const ids = await newFixture(api)
  const token = await api.token(ids.memberId, requiredRole(procedure))
  const reply = await call({ url: api.url, via, name: procedure, input: exampleInput(procedure, ids), token })
  expect(reply.answer).toEqual(answers[procedure](ids))
  expect(reply.status).toBe(via === 'REST' ? status : 200)
  expect(reply.headers.get('content-type')).toMatch(/^application\/json/)
  expect(reply.headers.get('x-request-id')).toEqual(UUID7)
  expect(reply.headers.get('idempotent-replayed')).toBeNull()
})

async function asMember(memberId: string, procedure: ProcedureName, input: object, via: 'tRPC' | 'REST') {
  const token = await api.token(memberId, requiredRole(procedure))
  return call({ url: api.url, via, name: procedure, input: { ...input }, token })
}

test.each(['order.place', 'cart.checkout'] as const)(
  '%s over REST returns the URL of the order in Location',
  async (procedure) => {
    const ids = await newFixture(api)
    const placed = await asMember(ids.memberId, procedure, exampleInput(procedure, ids), 'REST')
    const location = placed.headers.get('location') ?? ''
    const authorization = `Bearer ${await api.token(ids.memberId)}`
    const read = await send(new URL(location, api.url).href, { headers: { authorization } })
    expect(read.answer).toEqual(placed.answer)
  },
)

const keyed = procedureNames.filter((procedure) => takesIdempotencyKey(procedures[procedure]))
const keyedCases = keyed.flatMap((procedure) => transports.map((via) => ({ procedure, via })))

test.each(keyedCases)(
  '$procedure over $via with a repeated key takes effect once and returns the first answer again',
  async ({ procedure, via }) => {
    const ids = await newFixture(api)
    const input = {
      ...exampleInput(procedure, ids),
      idempotencyKey: '~a key / with: everything"that\\prints',
    }
    const first = await asMember(ids.memberId, procedure, input, via)
    const balance = await asMember(ids.memberId, 'point.balance', { memberId: ids.memberId }, via)
    const replays = await Promise.all(transports.map((over) => asMember(ids.memberId, procedure, input, over)))
    for (const replay of [...replays, await asMember(ids.memberId, procedure, input, via)]) {
      expect(replay.answer).toEqual(first.answer)
      expect(replay.headers.get('idempotent-replayed')).toBe('true')
    }
    const [sameTransport] = replays.filter((_, index) => transports[index] === via)
    expect(sameTransport?.text).toBe(first.text)
    expect(sameTransport?.status).toBe(first.status)
    expect(sameTransport?.headers.get('location')).toBe(first.headers.get('location'))
    expect((await asMember(ids.memberId, 'point.balance', { memberId: ids.memberId }, via)).answer).toEqual(
      balance.answer,
    )
  },
)

test.each(transports)('paging over %s returns every item of a list once', async (via) => {
  const memberId = await newMember(api)
  const productId = await newProduct(api)
  const placed: unknown[] = []
  for (let count = 0; count < 5; count++) {
    const order = await asMember(memberId, 'order.place', { memberId, items: [{ productId, quantity: 1 }] }, via)
    placed.unshift(order.answer)
  }
  for (const [procedure, total] of [
    ['order.list', 5],
    ['point.history', 6],
  ] as const) {
    const seen: unknown[] = []
    let cursor: string | null | undefined
    for (let pages = 0; cursor !== null && pages < 10; pages++) {
      const input: object = { memberId, limit: 2, ...(cursor === undefined ? {} : { cursor }) }
      const reply: Reply = await asMember(memberId, procedure, input, via)
      const page = reply.answer as { items: unknown[]; nextCursor: string | null }
      seen.push(...page.items)
      cursor = page.nextCursor
    }
    expect(seen).toHaveLength(total)
    if (procedure === 'order.list') expect(seen).toEqual(placed)
  }
})

test.each(transports)('%s accepts a member id with every kind of allowed character', async (via) => {
  const memberId = 'A-Za.z_0:9@mina'
  await asMember(memberId, 'point.charge', { memberId, amount: 5 }, via)
  const { answer } = await asMember(memberId, 'point.balance', { memberId }, via)
  expect(answer).toEqual({ memberId, balance: expect.any(Number) })
})

test.each(transports)('popular products over %s include an order at once', async (via) => {
  const memberId = await newMember(api, 100_000_000)
  const productId = await newProduct(api, { stock: 1_000, price: 1 })
  await asMember(memberId, 'order.place', { memberId, items: [{ productId, quantity: 900 }] }, via)
  const { answer } = await asMember(memberId, 'popular.products', { days: 1, limit: 100 }, via)
  const item = { rank: expect.any(Number), productId, name, price: 1, stock: 100, sold: 900 }
  expect(answer).toMatchObject({ items: expect.arrayContaining([item]) })
})

test.each(transports)('an order over %s merges items of the same product', async (via) => {
  const memberId = await newMember(api)
  const productId = await newProduct(api, { price: 3, stock: 1_000 })
  const items = [400, 600].map((quantity) => ({ productId, quantity }))
  const { answer } = await asMember(memberId, 'order.place', { memberId, items }, via)
  expect(answer).toMatchObject({ total: 3_000, items: [{ productId, quantity: 1_000, amount: 3_000 }] })
})

test('every response has its own request id', async () => {
  const replies = await Promise.all(Array.from({ length: 20 }, () => fetch(`${api.url}/api/product`)))
  expect(new Set(replies.map((reply) => reply.headers.get('x-request-id'))).size).toBe(20)
})

test('a request id in another header than x-request-id is ignored', async () => {
  const reply = await fetch(`${api.url}/api/product`, { headers: { 'request-id': 'mine' } })
  expect(reply.headers.get('x-request-id')).toEqual(UUID7)
})
