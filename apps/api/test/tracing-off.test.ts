import { startTestApi, useApi } from '@jumun/test-kit/api'
import { createTestDatabase } from '@jumun/test-kit/test-database'
import { expect, test } from 'vitest'
import { startCollector } from '../test-support/collector.ts'

const api = useApi()
const SAMPLED = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

test('without a collector, an order leaves no trace, and its changes have not a byte more', async () => {
  const admin = api.client('root', 'admin')
  const { ids } = await admin.product.create.mutate({ items: [{ name: 'Tea', price: 10, stock: 9 }] })
  await admin.point.charge.mutate({ memberId: 'mina', amount: 100 })
  const response = await fetch(`${api.url}/api/order`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${await api.token('mina')}`,
      'content-type': 'application/json',
      traceparent: SAMPLED,
    },
    body: JSON.stringify({ memberId: 'mina', items: [{ productId: ids[0], quantity: 1 }] }),
  })
  expect(response.status).toBe(201)
  const rows = await api.services.em.fork().execute<{ events: string }[]>('select events::text as events from change')
  expect(rows.map(({ events }) => events).join('')).not.toContain('traceparent')
  expect(api.log.some((line) => 'trace_id' in line)).toBe(false)
})

test.each(['req-1', 'A.b:c_d@e+f/g=h', 'x'.repeat(128)])(
  'the id %s that a caller gives is the id of its request',
  async (id) => {
    const response = await fetch(`${api.url}/api/order/none`, { headers: { 'x-request-id': id } })
    expect(response.headers.get('x-request-id')).toBe(id)
    expect(await response.json()).toMatchObject({ requestId: id })
  },
)

test.each(['', 'x'.repeat(129), 'a b', '<script>', '{"a":1}', 'a,b'])('the id %j is replaced', async (id) => {
  const response = await fetch(`${api.url}/api/order/none`, { headers: { 'x-request-id': id } })
  expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
})

test('a collector that is away or never answers costs calls nothing, and does not hold up the stop', async () => {
  const silent = await startCollector(() => {})
  for (const url of ['http://127.0.0.1:9', silent.url]) {
    const database = await createTestDatabase()
    const traced = await startTestApi(database.url, { settings: { OTEL_EXPORTER_OTLP_ENDPOINT: url } })
    expect((await fetch(`${traced.url}/api/product`)).status).toBe(200)
    await traced.client('root', 'admin').point.charge.mutate({ memberId: 'mina', amount: 1 })
    // It ends although the collector keeps the request.
    await traced.close()
    await database.drop()
  }
  expect(silent.requests).toEqual(['/v1/traces'])
  await silent.stop()
})

test('while traces are sent, the lines of the log that belong to a call have its ids', async () => {
  const collector = await startCollector()
  const database = await createTestDatabase()
  const traced = await startTestApi(database.url, { settings: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url } })
  await fetch(`${traced.url}/api/product`, { headers: { traceparent: SAMPLED } })
  const line = traced.log.find(({ msg }) => msg === 'Call')
  expect(line).toMatchObject({ trace_id: SAMPLED.split('-')[1], span_id: expect.stringMatching(/^[0-9a-f]{16}$/) })
  await traced.close()
  await database.drop()
  await collector.stop()
})

test.each([
  ['OTEL_TRACES_SAMPLER', 'jaeger_remote'],
  ['OTEL_TRACES_SAMPLER_ARG', '2'],
])('a wrong %s stops the start where traces are sent', async (name, value) => {
  const database = await createTestDatabase()
  const settings = {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
    OTEL_TRACES_SAMPLER: 'traceidratio',
    [name]: value,
  }
  await expect(startTestApi(database.url, { settings })).rejects.toThrow(name)
  await database.drop()
})
