import { useApi } from '@jumun/test-kit/api'
import { until } from '@jumun/test-kit/until'
import { expect, test, vi } from 'vitest'

const api = useApi()

async function scrape(): Promise<string[]> {
  const response = await fetch(`${api.url}/metrics`)
  expect(response.headers.get('content-type')).toMatch(/^text\/plain/)
  return (await response.text()).split('\n')
}

async function post(path: string, body: unknown): Promise<Response> {
  const authorization = `Bearer ${await api.token('root', 'admin')}`
  const headers = { authorization, 'content-type': 'application/json' }
  return fetch(`${api.url}/api${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
}

test('the metrics have the count and duration of calls by procedure and outcome', async () => {
  await fetch(`${api.url}/api/product`)
  await fetch(`${api.url}/api/product/2000000000`)
  const lines = await scrape()
  expect(lines).toContain('jumun_call_duration_seconds_count{procedure="product.list",outcome="ok"} 1')
  expect(lines).toContain('jumun_call_duration_seconds_count{procedure="product.byId",outcome="PRODUCT_NOT_FOUND"} 1')
})

test('the metrics have the orders by outcome, and the events that the data platform has not acknowledged', async () => {
  const created = await post('/product', { items: [{ name: 'Tea', price: 10, stock: 1 }] })
  const { ids } = (await created.json()) as { ids: number[] }
  const order = { memberId: 'mina', items: [{ productId: ids[0], quantity: 1 }] }
  expect((await post('/order', order)).status).toBe(409)
  const headers = { authorization: `Bearer ${await api.token('root', 'admin')}`, 'content-type': 'application/json' }
  const body = JSON.stringify({ memberId: 'mina', amount: 100 })
  await fetch(`${api.url}/api/point/charge`, { method: 'PATCH', headers, body })
  expect((await post('/order', order)).status).toBe(201)
  const lines = await scrape()
  expect(lines).toContain('jumun_orders_total{call="order.place",outcome="INSUFFICIENT_POINTS"} 1')
  expect(lines).toContain('jumun_orders_total{call="order.place",outcome="ok"} 1')
  expect(lines).toContain('jumun_events_waiting 1')
  const age = lines.find((line) => line.startsWith('jumun_events_oldest_age_seconds '))
  expect(Number(age?.split(' ')[1])).toBeGreaterThan(0)
  expect(lines.filter((line) => line.startsWith('jumun_database_connections{'))).toHaveLength(3)
})

/** The calls that read the backlog, which is the second thing that a scrape reads. */
function backlogReads(spy: { mock: { calls: unknown[][] } }): number {
  return spy.mock.calls.filter(([sql]) => String(sql).includes('"oldestSeconds"')).length
}

test('on an idle API no call waits for a connection, and a scrape reads the backlog once', async () => {
  const execute = vi.spyOn(api.services.database.em, 'execute')
  let scrapes = 0
  // Background work may be waiting just now, but not always.
  await until(async () => {
    scrapes += 1
    expect(await scrape()).toContain('jumun_database_connections{state="waiting"} 0')
  })
  expect(backlogReads(execute)).toBe(scrapes)
  execute.mockRestore()
})

test('the metrics count the calls that wait for a connection', async () => {
  const execute = vi.spyOn(api.services.database.em, 'execute')
  const pool = await api.services.database.em.getConnection().getNativeClient()
  const { max = 0 } = pool.options
  const clients = await Promise.all(Array.from({ length: max }, () => pool.connect()))
  const waiting = [1, 2, 3].map(() => pool.connect())
  const scraped = scrape()
  await expect.poll(() => backlogReads(execute)).toBe(1)
  for (const client of clients) client.release()
  for (const client of await Promise.all(waiting)) client.release()
  const lines = await scraped
  expect(lines).toContain(`jumun_database_connections{state="busy"} ${max}`)
  const count = lines.find((line) => line.startsWith('jumun_database_connections{state="waiting"} '))?.split(' ')[1]
  expect(Number(count)).toBeGreaterThanOrEqual(3)
  execute.mockRestore()
})

test('a backlog that takes long to count delays no scrape: the metrics have the last count', async () => {
  const isWaiting = (line: string) => line.startsWith('jumun_events_waiting ')
  const counted = (await scrape()).find(isWaiting)
  const { em } = api.services.database
  const execute = em.execute.bind(em) as (...args: unknown[]) => Promise<unknown>
  const { promise: end, resolve } = Promise.withResolvers<void>()
  const slow = (...args: unknown[]) =>
    String(args[0]).includes('"oldestSeconds"') ? end.then(() => execute(...args)) : execute(...args)
  const spy = vi.spyOn(em, 'execute').mockImplementation(slow as typeof em.execute)
  // Without the time limit it would wait for the count, which ends below.
  const lines = await scrape()
  expect(counted).toMatch(/ \d+$/)
  expect(lines.find(isWaiting)).toBe(counted)
  resolve()
  spy.mockRestore()
})
