import { setTimeout as sleep } from 'node:timers/promises'
import type { OrderView, ProductView } from '@jumun/contract'
import { useApi } from '@jumun/test-kit/api'
import { afterAll, expect, test, vi } from 'vitest'
import type { ProcedureName } from '../test-support/example-input.ts'
import { newMember, newOrder, newProduct } from '../test-support/fixtures.ts'
import { call, type Reply, transports } from '../test-support/transports.ts'

// Generous, because the machine may be busy.
vi.setConfig({ testTimeout: 120_000 })
const api = useApi()

/** Makes calls at once with this token, over both transports in turn. Retries UNAVAILABLE, which a busy machine may return. */
function callAtOnceWith(token: string, name: ProcedureName, input: object, count: number): Promise<Reply[]> {
  const callWithRetries = async (index: number): Promise<Reply> => {
    for (;;) {
      const via = transports[index % 2] ?? 'REST'
      const reply = await call({ url: api.url, via, name, input: { ...input }, token })
      if (reply.problem?.code !== 'UNAVAILABLE') return reply
      await sleep(Number(reply.headers.get('retry-after')) * 1_000)
    }
  }
  return Promise.all(Array.from({ length: count }, (_, index) => callWithRetries(index)))
}

/** Makes calls at once as this member. */
async function callAtOnce(memberId: string, name: ProcedureName, input: object, count: number): Promise<Reply[]> {
  return callAtOnceWith(await api.token(memberId), name, input, count)
}

async function readOne(memberId: string, name: ProcedureName, input: object): Promise<unknown> {
  return (await callAtOnce(memberId, name, input, 1))[0]?.answer
}

const succeeded = (replies: Reply[]) => replies.filter((reply) => reply.problem === undefined)
const errorCodes = (replies: Reply[]) => [...new Set(replies.flatMap(({ problem }) => (problem ? [problem.code] : [])))]

afterAll(async () => {
  const { em } = api.services
  const wrongBalances = await em.execute(
    `select a.member_id from point_account a left join point_entry e using (member_id)
      group by a.member_id having a.balance <> coalesce(sum(e.amount), 0)`,
  )
  const wrongStocks = await em.execute(
    `select s.product_id from product_stock s where s.quantity <> s.received - (
      select coalesce(sum(l.quantity), 0) from order_line l join "order" o on o.id = l.order_id
       where l.product_id = s.product_id and o.status in ('PAID', 'PENDING_PAYMENT'))`,
  )
  expect({ wrongBalances, wrongStocks }).toEqual({ wrongBalances: [], wrongStocks: [] })
})

test('of 500 concurrent buyers of the last unit one succeeds, and the others get OUT_OF_STOCK', async () => {
  const productId = await newProduct(api, { stock: 1 })
  await api.services.em.execute(
    `with new as (insert into point_account (member_id, balance) select 'buyer-' || n, 1000 from generate_series(1, 500) n
       returning member_id)
     insert into point_entry (member_id, kind, amount, balance_after, created_at)
       select member_id, 'CHARGE', 1000, 1000, now() from new`,
  )
  const items = [{ productId, quantity: 1 }]
  const replies = await Promise.all(
    Array.from({ length: 500 }, async (_, index) => {
      const memberId = `buyer-${index + 1}`
      return (await callAtOnce(memberId, 'order.place', { memberId, items }, 1))[0] as Reply
    }),
  )
  expect(succeeded(replies)).toHaveLength(1)
  expect(errorCodes(replies)).toEqual(['OUT_OF_STOCK'])
  expect(await readOne('buyer-1', 'product.byId', { productId })).toMatchObject({
    stock: 0,
  } satisfies Partial<ProductView>)
})

test('100 concurrent retries with one key place one order, and all return it', async () => {
  const memberId = await newMember(api)
  const productId = await newProduct(api)
  const input = { memberId, items: [{ productId, quantity: 2 }], idempotencyKey: 'once' }
  const replies = await callAtOnce(memberId, 'order.place', input, 100)
  expect(succeeded(replies)).toHaveLength(100)
  expect(new Set(replies.map(({ answer }) => (answer as OrderView).id)).size).toBe(1)
  expect(replies.filter(({ headers }) => headers.get('idempotent-replayed') === 'true')).toHaveLength(99)
  expect(await readOne(memberId, 'point.balance', { memberId })).toEqual({ memberId, balance: 998_000 })
})

test.each(['point.charge', 'point.use'] as const)(
  '100 concurrent retries of %s with one key move the points once',
  async (name) => {
    const memberId = await newMember(api)
    const token = await api.token('operator', 'admin')
    const input = { memberId, amount: 10, idempotencyKey: 'once' }
    const replies = await callAtOnceWith(token, name, input, 100)
    expect(succeeded(replies)).toHaveLength(100)
    const balance = name === 'point.charge' ? 1_000_010 : 999_990
    for (const { answer } of replies) expect(answer).toEqual({ memberId, balance })
  },
)

test('50 concurrent charges and 60 concurrent uses without a key all count, and the balance never falls below zero', async () => {
  const memberId = await newMember(api, 100)
  const token = await api.token('operator', 'admin')
  const move = (name: ProcedureName) => callAtOnceWith(token, name, { memberId, amount: 30 }, 50)
  expect(succeeded(await move('point.charge'))).toHaveLength(50)
  expect(await readOne(memberId, 'point.balance', { memberId })).toEqual({ memberId, balance: 1_600 })
  const byBoth = [move('point.use'), callAtOnce(memberId, 'point.use', { memberId, amount: 30 }, 10)]
  const used = (await Promise.all(byBoth)).flat()
  expect(succeeded(used)).toHaveLength(53)
  expect(errorCodes(used)).toEqual(['INSUFFICIENT_POINTS'])
  expect(await readOne(memberId, 'point.balance', { memberId })).toEqual({ memberId, balance: 10 })
})

test("one member's 100 concurrent orders spend no more than the balance", async () => {
  const memberId = await newMember(api, 30_500)
  const productId = await newProduct(api, { stock: 1_000 })
  const input = { memberId, items: [{ productId, quantity: 1 }] }
  const replies = await callAtOnce(memberId, 'order.place', input, 100)
  expect(succeeded(replies)).toHaveLength(30)
  expect(errorCodes(replies)).toEqual(['INSUFFICIENT_POINTS'])
  expect(await readOne(memberId, 'point.balance', { memberId })).toEqual({ memberId, balance: 500 })
})

test('20 concurrent payments of an order pay it once', async () => {
  const memberId = await newMember(api)
  const productId = await newProduct(api)
  const { id: orderId } = await newOrder(api, { memberId, productId, payment: 'later' })
  const replies = await callAtOnce(memberId, 'payment.pay', { orderId }, 20)
  expect(succeeded(replies)).toHaveLength(1)
  expect(errorCodes(replies)).toEqual(['ORDER_NOT_PAYABLE'])
  expect(await readOne(memberId, 'point.balance', { memberId })).toEqual({ memberId, balance: 998_000 })
})

test('20 concurrent cancellations of an order refund its points once', async () => {
  const memberId = await newMember(api)
  const productId = await newProduct(api)
  const { id: orderId } = await newOrder(api, { memberId, productId })
  const replies = await callAtOnce(memberId, 'order.cancel', { orderId }, 20)
  expect(succeeded(replies)).toHaveLength(1)
  expect(errorCodes(replies)).toEqual(['ORDER_NOT_CANCELLABLE'])
  expect(await readOne(memberId, 'point.balance', { memberId })).toEqual({ memberId, balance: 1_000_000 })
})

test('an order that is cancelled and paid concurrently ends cancelled, with the original balance', async () => {
  const productId = await newProduct(api, { stock: 1_000 })
  for (let round = 0; round < 10; round++) {
    const memberId = await newMember(api)
    const { id: orderId } = await newOrder(api, { memberId, productId, payment: 'later' })
    const [[paid], [cancelled]] = await Promise.all([
      callAtOnce(memberId, 'payment.pay', { orderId }, 1),
      callAtOnce(memberId, 'order.cancel', { orderId }, 1),
    ])
    expect(cancelled?.answer).toMatchObject({ status: 'CANCELLED' })
    expect(paid?.problem?.code).toBeOneOf([undefined, 'ORDER_NOT_PAYABLE'])
    expect(await readOne(memberId, 'point.balance', { memberId })).toEqual({ memberId, balance: 1_000_000 })
  }
})

test('concurrent additions to a cart are all in it', async () => {
  const memberId = await newMember(api)
  const productId = await newProduct(api)
  const replies = await callAtOnce(memberId, 'cart.addItem', { memberId, productId, quantity: 3 }, 20)
  expect(succeeded(replies)).toHaveLength(20)
  expect(await readOne(memberId, 'cart.get', { memberId })).toMatchObject({ items: [{ quantity: 60 }] })
})

test('20 concurrent checkouts of a cart place one order', async () => {
  const memberId = await newMember(api)
  const productId = await newProduct(api)
  await callAtOnce(memberId, 'cart.addItem', { memberId, productId, quantity: 3 }, 1)
  const replies = await callAtOnce(memberId, 'cart.checkout', { memberId }, 20)
  expect(succeeded(replies)).toHaveLength(1)
  expect(errorCodes(replies)).toEqual(['CART_EMPTY'])
})
