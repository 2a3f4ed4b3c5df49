import { until } from '@jumun/test-kit/until'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CollectedSpan } from '../test-support/collector.ts'
import { startTracedApi } from '../test-support/traced-api.ts'

/** The calls that end in an event, each with a trace of its own. */
const TRACES = { pay: 'a', cancel: 'b', checkout: 'c', expiring: 'd' }
type Call = keyof typeof TRACES

let traced: Awaited<ReturnType<typeof startTracedApi>>
let spans: CollectedSpan[] = []
const orders = {} as Record<Call, string>
let expiredChange = ''

const traceOf = (call: Call) => TRACES[call].repeat(32)

/** Runs each call, and reads what was sent when the API has stopped. The data platform rejects the payment once. */
beforeAll(async () => {
  traced = await startTracedApi()
  const { api, rejected, received, send, untilDelivered } = traced
  const [memberId, productId] = [await api.shop.member(), await api.shop.product()]
  const em = api.services.em.fork()
  const as = (call: Call) => ({ traceparent: `00-${traceOf(call)}-00f067aa0ba902b7-01` })
  const order = { memberId, items: [{ productId, quantity: 1 }], payment: 'later' }
  const idOf = async (response: Response) => ((await response.json()) as { id: string }).id

  orders.pay = await idOf(await send('POST', '/order', memberId, order))
  rejected.add(orders.pay)
  await send('POST', '/pay', memberId, { orderId: orders.pay }, as('pay'))
  await until(() => expect(received).toHaveLength(1))
  rejected.clear()
  await until(async () =>
    expect(await em.execute('update undelivered_event set due_at = now() returning id')).toHaveLength(1),
  )
  await untilDelivered(2)

  orders.cancel = (await api.shop.place({ ...order, payment: 'now' })).answer.id
  await untilDelivered(3)
  await send('POST', `/order/${orders.cancel}/cancel`, memberId, {}, as('cancel'))
  await untilDelivered(4)

  await send('POST', '/cart', memberId, { memberId, productId, quantity: 1 })
  orders.checkout = await idOf(await send('POST', '/cart/checkout', memberId, { memberId }, as('checkout')))
  await untilDelivered(5)

  orders.expiring = await idOf(await send('POST', '/order', memberId, order, as('expiring')))
  await em.execute('update "order" set expires_at = now() where id = ?', [orders.expiring])
  await until(async () => {
    const changes = await em.execute<{ events: string }[]>('select events::text as events from change')
    expiredChange = changes.find(({ events }) => events.includes('order.expired'))?.events ?? ''
    expect(expiredChange).toContain(orders.expiring)
  })
  await api.close()
  spans = traced.collector.spans()
})
afterAll(() => traced.remove())

/** The traces to which the delivery of each event of an order was linked. */
function tracesOf(orderId: string): (string[] | undefined)[] {
  return traced.received
    .filter(({ events }) => events.some((event) => event.orderId === orderId))
    .map(({ traceparent }) => {
      const delivery = spans.find(({ traceId, spanId }) => traceparent === `00-${traceId}-${spanId}-01`)
      return delivery?.links?.map(({ traceId }) => traceId)
    })
}

test('the event of a payment is linked to its call, and so is the retry of the event', () => {
  expect(tracesOf(orders.pay)).toEqual([[traceOf('pay')], [traceOf('pay')]])
  const ids = traced.received.slice(0, 2).map(({ events }) => events.map(({ id }) => id))
  expect(ids[0]).toEqual(ids[1])
})

test('the event of a cancellation is linked to the call that cancelled, and not to the one that paid', () => {
  expect(tracesOf(orders.cancel)).toEqual([undefined, [traceOf('cancel')]])
})

test('the event of a checkout is linked to its call', () => {
  expect(tracesOf(orders.checkout)).toEqual([[traceOf('checkout')]])
})

test('an order that expires has no trace of the call that placed it, and no event', () => {
  expect(expiredChange).not.toContain('traceparent')
  expect(tracesOf(orders.expiring)).toEqual([])
})
