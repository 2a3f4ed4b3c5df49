import type { PlaceOrderInput } from '@jumun/contract'
import { cancelOrder, payOrder } from '@jumun/domain'
import { startTestApi, type TestApi } from '@jumun/test-kit/api'
import { startEventPlatform, type Verdict } from '@jumun/test-kit/event-platform'
import { startTcpProxy, type TcpProxy } from '@jumun/test-kit/tcp-proxy'
import { createTestDatabase } from '@jumun/test-kit/test-database'
import { until } from '@jumun/test-kit/until'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import packageJson from '../package.json' with { type: 'json' }
import { scrape } from '../test-support/scrape.ts'

/** What the data platform does with events. */
let answer: Verdict = 'accept'
let api: TestApi
let proxy: TcpProxy

beforeAll(async () => {
  const platform = await startEventPlatform(() => answer)
  const database = await createTestDatabase()
  proxy = await startTcpProxy()
  api = await startTestApi(database.url, {
    settings: {
      DATA_PLATFORM_URL: platform.url,
      DATABASE_READ_URL: proxy.via(database.url),
    },
  })
  return async () => {
    await api.close()
    await proxy.close()
    await platform.stop()
    await database.drop()
  }
})

/** How much series grow while something is done. */
async function growth(series: string[], work: () => Promise<unknown>): Promise<number[]> {
  const before = await scrape(api)
  await work()
  const after = await scrape(api)
  return series.map((one) => after.value(one) - before.value(one))
}

/** A new member's order of one unit at 1,000 KRW. */
async function newOrder(payment: 'now' | 'later' = 'now'): Promise<PlaceOrderInput> {
  const [memberId, productId] = [await api.shop.member(), await api.shop.product()]
  return { memberId, items: [{ productId, quantity: 1 }], payment }
}

test('orders that share a transaction are one batch, and each of them has waited', async () => {
  const orders = [await newOrder(), await newOrder(), await newOrder()]
  const series = [
    'jumun_order_batch_orders_count',
    'jumun_order_batch_orders_sum',
    'jumun_order_queue_wait_seconds_count',
  ]
  const work = () => Promise.all(orders.map((order) => api.services.orders.place(order)))
  expect(await growth(series, work)).toEqual([1, 3, 3])
})

test('the length of the queue is that of those whose turn has not come', async () => {
  const { promise: ending, resolve: end } = Promise.withResolvers<void>()
  onTestFinished(() => end())
  const calls = [1, 2, 3].map(() => api.services.orders.run('mina', () => ending))
  await until(async () => expect((await scrape(api)).value('jumun_order_queue_length')).toBe(2))
  end()
  await Promise.all(calls)
  expect((await scrape(api)).value('jumun_order_queue_length')).toBe(0)
})

test('revenue is what was paid at once or later, and refunds what paid orders gave back', async () => {
  const { em, orders } = api.services
  const mayAccess = () => true
  const [now, later, unpaid] = [await newOrder(), await newOrder('later'), await newOrder('later')]
  const series = ['jumun_revenue_krw_total', 'jumun_refunds_krw_total']
  expect(await growth(series, () => orders.place(now))).toEqual([1_000, 0])
  const { answer: waiting } = await orders.place(later)
  const { answer: cancelled } = await orders.place(unpaid)
  const pay = () => payOrder(em, { orderId: waiting.id, mayAccess })
  expect(await growth(series, pay)).toEqual([1_000, 0])
  expect(await growth(series, () => cancelOrder(em, { orderId: cancelled.id, mayAccess }))).toEqual([0, 0])
  expect(await growth(series, () => cancelOrder(em, { orderId: waiting.id, mayAccess }))).toEqual([0, 1_000])
  const refused = { ...now, items: now.items.map((item) => ({ ...item, quantity: 1_000 })) }
  expect(await growth(series, () => orders.place(refused).catch(() => {}))).toEqual([0, 0])
})

test('transactions count by how they ended', async () => {
  const memberId = await api.shop.member(10)
  const use = (amount: number) => () =>
    api
      .client(memberId)
      .point.use.mutate({ memberId, amount })
      .catch(() => {})
  const [committed] = await growth(['jumun_transaction_duration_seconds_count{outcome="committed"}'], use(1))
  expect(committed).toBeGreaterThanOrEqual(1)
  const [rolledBack] = await growth(['jumun_transaction_duration_seconds_count{outcome="rolled_back"}'], use(100))
  expect(rolledBack).toBe(1)
})

test.each([
  ['accept', 'accepted'],
  ['reject', 'rejected'],
  ['fail', 'unanswered'],
] as const)('where the data platform does %s, deliveries count as %s, with their events', async (does, outcome) => {
  const outcomes = ['accepted', 'rejected', 'unanswered']
  const series = outcomes.flatMap((one) => [
    `jumun_delivery_duration_seconds_count{outcome="${one}"}`,
    `jumun_delivery_batch_events_sum{outcome="${one}"}`,
  ])
  const grown = async () => (await scrape(api)).value(`jumun_delivery_batch_events_sum{outcome="${outcome}"}`)
  const before = await grown()
  answer = does
  const others = series.filter((one) => !one.includes(outcome))
  const work = async () => {
    await api.services.orders.place(await newOrder())
    await until(async () => expect(await grown()).toBeGreaterThan(before))
  }
  expect(await growth(others, work)).toEqual([0, 0, 0, 0])
  answer = 'accept'
  await api.services.em.fork().execute('update undelivered_event set due_at = now()')
  await until(async () => expect((await scrape(api)).value('jumun_events_waiting')).toBe(0))
})

test('events that were rejected too often are dead letters', async () => {
  answer = 'reject'
  await api.services.orders.place(await newOrder())
  const em = api.services.em.fork()
  await until(async () =>
    expect(await em.execute('update undelivered_event set rejections = 19, due_at = now() returning id')).toHaveLength(
      1,
    ),
  )
  await until(async () => expect((await scrape(api)).value('jumun_dead_letters')).toBe(1))
  answer = 'accept'
})

test('the process tells its version, that of Node.js, and how many connections its pool may have', async () => {
  const { value } = await scrape(api)
  const { version } = packageJson
  expect(value(`jumun_build_info{version="${version}",node="${process.version}"}`)).toBe(1)
  const pool = await api.services.em.getConnection().getNativeClient()
  expect(value('jumun_database_connections_max')).toBe(pool.options.max)
})

test('the age of the replica is a number while it answers, and NaN while it is away', async () => {
  expect((await scrape(api)).value('jumun_replica_age_seconds')).toBeGreaterThanOrEqual(0)
  await proxy.setMode({ kind: 'refuse' })
  await until(async () => expect((await scrape(api)).value('jumun_replica_age_seconds')).toBeNaN())
})
