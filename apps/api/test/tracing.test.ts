import { startRelay, startRequestSpan } from '@jumun/domain'
import { until } from '@jumun/test-kit/until'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CollectedSpan } from '../test-support/collector.ts'
import { openStream } from '../test-support/event-stream.ts'
import { attributesOf, startTracedApi } from '../test-support/traced-api.ts'

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736'
const OTHER_TRACE_ID = TRACE_ID.replace('4', '5')
const SHARED_TRACE_ID = TRACE_ID.replace('4', '6')
const CALLER_SPAN = '00f067aa0ba902b7'

let traced: Awaited<ReturnType<typeof startTracedApi>>
let productId = 0
let spans: CollectedSpan[]
let changes = ''
let rows: { events: string }[] = []

const sampled = (trace: string) => `00-${trace}-${CALLER_SPAN}-01`

async function placeOrder(memberId: string, headers: Record<string, string> = {}) {
  const order = { memberId, items: [{ productId, quantity: 1 }], payment: 'now' }
  expect((await traced.send('POST', '/order', memberId, order, headers)).status).toBe(201)
}

/** Places orders, and reads what was sent when the API has stopped. */
beforeAll(async () => {
  traced = await startTracedApi()
  const { api } = traced
  const admin = api.client('root', 'admin')
  const created = await admin.product.create.mutate({ items: [{ name: 'Secret tea', price: 7_777, stock: 100 }] })
  productId = created.ids[0] ?? 0
  for (const memberId of ['mina-secret', 'jun-secret', 'other'])
    await admin.point.charge.mutate({ memberId, amount: 1_000_000 })
  const headers = { authorization: `Bearer ${await api.token('root', 'admin')}` }
  const start = (await (await fetch(`${api.url}/api/changes`, { headers })).json()) as { nextCursor: string }
  await Promise.all([
    placeOrder('mina-secret', { traceparent: sampled(TRACE_ID), 'x-request-id': 'req-1' }),
    placeOrder('jun-secret', { traceparent: sampled(OTHER_TRACE_ID) }),
    placeOrder('other'),
  ])
  await traced.untilDelivered(3)
  const paidOrders = (text: string) => text.split('"order.paid"').length - 1
  // The process may read the feed for its readers a moment after the relay has.
  const page = await until(async () => {
    const text = await (
      await fetch(`${api.url}/api/changes?topics=orders&after=${start.nextCursor}`, { headers })
    ).text()
    expect(paidOrders(text)).toBe(3)
    return text
  })
  const token = await api.token('root', 'admin')
  const stream = await openStream(api, `/api/events?topics=orders&after=${start.nextCursor}`, { token })
  let streamed = ''
  while (paidOrders(streamed) < 3) streamed += (await stream.next())?.data
  changes = page + streamed
  stream.cut()
  rows = await api.services.em.fork().execute('select events::text as events from change')
  // Both in one turn of the event loop, so that they share a batch.
  const together = ['mina-secret', 'jun-secret'].map((memberId) => {
    const request = startRequestSpan('together', {}, { traceparent: sampled(SHARED_TRACE_ID) })
    const order = { memberId, items: [{ productId, quantity: 1 }], payment: 'now' as const }
    return request?.run(() => api.services.orders.place(order)).finally(() => request.span.end())
  })
  await Promise.all(together)
  await traced.untilDelivered(5)
  // It runs once before it stops.
  const starting = startRequestSpan('starting a loop', {}, { traceparent: sampled(TRACE_ID) })
  await starting?.run(() => startRelay({ em: api.services.em, platform: api.services.dataPlatform })).stop()
  starting?.span.end()
  await api.close()
  spans = traced.collector.spans()
})

afterAll(() => traced.remove())

const isShared = ({ links = [] }: CollectedSpan) => links.some(({ traceId }) => traceId === SHARED_TRACE_ID)
const named = (name: string) => spans.filter((span) => span.name === name)

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
  const batches = named('order batch').filter((span) => !isShared(span))
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
  const headers = traced.received.flatMap(({ traceparent }) => traceparent ?? [])
  expect(headers).toEqual(deliveries.map(({ traceId, spanId }) => `00-${traceId}-${spanId}-01`))
  const traces = deliveries.flatMap(({ links = [] }) => links.map(({ traceId }) => traceId))
  expect(traces.toSorted()).toEqual([TRACE_ID, OTHER_TRACE_ID, SHARED_TRACE_ID, SHARED_TRACE_ID])
  for (const { body } of traced.received) expect(body).not.toContain('traceparent')
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
  const [batch] = named('order batch').filter(isShared)
  const calls = named('together').map(({ spanId }) => spanId)
  expect(batch && attributesOf(batch)).toMatchObject({ 'jumun.batch.size': 2 })
  expect(batch?.links?.map(({ spanId }) => spanId).toSorted()).toEqual(calls.toSorted())
})

test('only the change that goes to the data platform keeps the trace, only of a recorded order, and no reader sees it', () => {
  const written = rows.flatMap(({ events }) => JSON.parse(events) as { type: string; traceparent?: string }[])
  expect(written.filter(({ type }) => type === 'order.paid')).toHaveLength(3)
  const kept = written.filter(({ traceparent }) => traceparent !== undefined)
  expect(kept.map(({ type }) => type)).toEqual(['order.paid', 'order.paid'])
  expect(changes).toContain('order.paid')
  expect(changes).not.toContain('traceparent')
})

test('what a loop does is not below the span in which it was started', () => {
  const [starting] = named('starting a loop')
  expect(starting?.spanId).toBeDefined()
  expect(spans.filter(({ parentSpanId }) => parentSpanId === starting?.spanId)).toEqual([])
})

test('the service has the name and the version of the product', () => {
  const { bodies, requests } = traced.collector
  const [body] = bodies
  const resource = body?.resourceSpans[0]?.resource.attributes ?? []
  expect(resource).toContainEqual({ key: 'service.name', value: { stringValue: 'jumun' } })
  expect(new Set(requests)).toEqual(new Set(['/v1/traces']))
})
