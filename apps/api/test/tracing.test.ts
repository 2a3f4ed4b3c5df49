import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startRequestSpan } from '@jumun/domain'
import { startTestApi, type TestApi } from '@jumun/test-kit/api'
import { createTestDatabase } from '@jumun/test-kit/test-database'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type CollectedSpan, startCollector } from '../test-support/collector.ts'

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736'
const CALLER_SPAN = '00f067aa0ba902b7'

/** What the platform got: the header, and the body. */
const received: { traceparent: string | undefined; body: string }[] = []
const platform = createServer(async (request, response) => {
  let body = ''
  for await (const chunk of request) body += chunk
  received.push({ traceparent: request.headers['traceparent'] as string | undefined, body })
  const ids = (JSON.parse(body) as { events: { id: string }[] }).events.map(({ id }) => id)
  response.end(JSON.stringify({ accepted: ids, duplicates: [], rejected: [] }))
})

let collector: Awaited<ReturnType<typeof startCollector>>
let database: Awaited<ReturnType<typeof createTestDatabase>>
let api: TestApi
let productId = 0
let spans: CollectedSpan[]
let changes = ''
let rows: { events: string }[] = []

const sampled = (trace: string) => `00-${trace}-${CALLER_SPAN}-01`

async function placeOrder(memberId: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${api.url}/api/order`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await api.token(memberId)}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ memberId, items: [{ productId, quantity: 1 }], payment: 'now' }),
  })
  expect(response.status).toBe(201)
  return response
}

/** Places orders, and reads what was sent when the API has stopped. */
beforeAll(async () => {
  platform.listen(0, '127.0.0.1')
  await once(platform, 'listening')
  collector = await startCollector()
  database = await createTestDatabase()
  api = await startTestApi(database.url, {
    settings: {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_TRACES_SAMPLER: 'parentbased_always_off',
      DATA_PLATFORM_URL: `http://127.0.0.1:${(platform.address() as AddressInfo).port}`,
    },
  })
  const admin = api.client('root', 'admin')
  const created = await admin.product.create.mutate({ items: [{ name: 'Secret tea', price: 7_777, stock: 100 }] })
  productId = created.ids[0] ?? 0
  for (const memberId of ['mina-secret', 'jun-secret', 'other'])
    await admin.point.charge.mutate({ memberId, amount: 1_000_000 })
  const headers = { authorization: `Bearer ${await api.token('root', 'admin')}` }
  const start = (await (await fetch(`${api.url}/api/changes`, { headers })).json()) as { nextCursor: string }
  await Promise.all([
    placeOrder('mina-secret', { traceparent: sampled(TRACE_ID), 'x-request-id': 'req-1' }),
    placeOrder('jun-secret', { traceparent: sampled(TRACE_ID.replace('4', '5')) }),
    placeOrder('other'),
  ])
  await vi.waitFor(() => expect(received.flatMap(({ body }) => JSON.parse(body).events)).toHaveLength(3))
  await vi.waitFor(async () => expect((await admin.outbox.list.query({ state: 'waiting' })).items).toEqual([]))
  changes = await (await fetch(`${api.url}/api/changes?topics=orders&after=${start.nextCursor}`, { headers })).text()
  rows = await api.services.em.fork().execute('select events::text as events from change')
  // Both in one turn of the event loop, so that they share a batch.
  const together = ['mina-secret', 'jun-secret'].map((memberId) => {
    const request = startRequestSpan('together', {}, { traceparent: sampled(TRACE_ID.replace('4', '6')) })
    const order = { memberId, items: [{ productId, quantity: 1 }], payment: 'now' as const }
    return request?.run(() => api.services.orders.place(order)).finally(() => request.span.end())
  })
  await Promise.all(together)
  await api.close()
  spans = collector.spans()
})

afterAll(async () => {
  await database.drop()
  await collector.stop()
  platform.close()
})

const named = (name: string) => spans.filter((span) => span.name === name)
const attributesOf = ({ attributes }: CollectedSpan) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))

test('the spans of an order are one tree below the span of the caller', () => {
  const [request] = named('POST /api/order').filter(({ traceId }) => traceId === TRACE_ID)
  expect(request).toMatchObject({ parentSpanId: CALLER_SPAN })
  const children = (of?: CollectedSpan) => spans.filter(({ parentSpanId }) => parentSpanId === of?.spanId)
  const [procedure] = children(request)
  expect(procedure?.name).toBe('order.place')
  expect(children(procedure).map(({ name }) => name)).toContain('order queue wait')
  expect(request && attributesOf(request)).toMatchObject({
    'http.route': '/api/order',
    'http.response.status_code': 201,
  })
})

test('each batch is linked to the recorded orders that it carried, has its statements below it, and no statement of another', () => {
  const batches = named('order batch').filter((span) => attributesOf(span)['jumun.batch.size'] !== 2)
  const procedures = named('order.place')
  expect(procedures).toHaveLength(2)
  const linked = batches.flatMap(({ links = [] }) => links.map(({ spanId }) => spanId))
  expect(linked.toSorted()).toEqual(procedures.map(({ spanId }) => spanId).toSorted())
  const linkedBack = named('order queue wait').flatMap(({ links = [] }) => links.map(({ spanId }) => spanId))
  expect(new Set(linkedBack)).toEqual(new Set(named('order batch').map(({ spanId }) => spanId)))
  for (const { spanId } of batches) {
    const names = spans.filter(({ parentSpanId }) => parentSpanId === spanId).map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(['select point_account', 'select product_stock', 'commit']))
  }
  const statements = spans.filter((span) => attributesOf(span)['db.system.name'])
  const parents = new Set(named('order batch').map(({ spanId }) => spanId))
  expect(statements.filter(({ parentSpanId = '' }) => !parents.has(parentSpanId))).toEqual([])
})

test('the request to the data platform hands on its span, which is linked to its orders', () => {
  const deliveries = named('deliver events')
  expect(deliveries.length).toBeGreaterThan(0)
  const headers = received.flatMap(({ traceparent }) => traceparent ?? [])
  expect(headers).toEqual(deliveries.map(({ traceId, spanId }) => `00-${traceId}-${spanId}-01`))
  const traces = deliveries.flatMap(({ links = [] }) => links.map(({ traceId }) => traceId))
  expect(traces.toSorted()).toEqual([TRACE_ID, TRACE_ID.replace('4', '5')])
  for (const { body } of received) expect(body).not.toContain('traceparent')
})

test('no span has a value: no member, product, amount or id of an order', () => {
  const text = JSON.stringify(spans.map(({ name, attributes }) => ({ name, attributes })))
  for (const value of ['secret', 'Secret tea', '7777', '1000000']) expect(text).not.toContain(value)
  const keys = new Set(spans.flatMap(({ attributes }) => attributes.map(({ key }) => key)))
  expect([...keys].toSorted()).toEqual([
    'db.collection.name',
    'db.operation.name',
    'db.system.name',
    'http.request.method',
    'http.response.status_code',
    'http.route',
    'jumun.batch.size',
    'messaging.batch.message_count',
  ])
})

test('orders of one batch are all linked to it, and it to them', () => {
  const [batch] = named('order batch').filter((span) => attributesOf(span)['jumun.batch.size'] === 2)
  const calls = named('together').map(({ spanId }) => spanId)
  expect(batch?.links?.map(({ spanId }) => spanId).toSorted()).toEqual(calls.toSorted())
})

test('only the change that goes to the data platform keeps the trace, only of a recorded order, and no reader sees it', () => {
  expect(rows.map(({ events }) => events.split('"traceparent"').length - 1).filter((count) => count > 0)).toEqual([
    1, 1,
  ])
  expect(rows.filter(({ events }) => events.includes('order.paid'))).toHaveLength(3)
  expect(changes).toContain('order.paid')
  expect(changes).not.toContain('traceparent')
})

test('the service has the name and the version of the product', () => {
  const [body] = collector.bodies
  const resource = body?.resourceSpans[0]?.resource.attributes ?? []
  expect(resource).toContainEqual({ key: 'service.name', value: { stringValue: 'jumun' } })
  expect(new Set(collector.requests)).toEqual(new Set(['/v1/traces']))
})
