import { expect, test } from 'vitest'
import { orderEvent } from '../test-support/sender.ts'
import { createTestPlatform } from '../test-support/targets.ts'

test('events are accepted once and are duplicates afterwards', async () => {
  const { send, storage } = createTestPlatform()
  const [first, second] = [orderEvent(), orderEvent()]
  expect(await (await send({ events: [first] })).json()).toEqual({ accepted: [first.id], duplicates: [], rejected: [] })
  expect(await (await send({ events: [first, second] })).json()).toEqual({
    accepted: [second.id],
    duplicates: [first.id],
    rejected: [],
  })
  expect(storage.stats()).toMatchObject({ orders: 2, events: 2, duplicates: 1 })
})

test('an event that a batch contains twice is accepted once', async () => {
  const { send, storage } = createTestPlatform()
  const event = orderEvent()
  expect(await (await send({ events: [event, event] })).json()).toEqual({
    accepted: [event.id],
    duplicates: [event.id],
    rejected: [],
  })
  expect(storage.stats()).toMatchObject({ orders: 1, events: 1, duplicates: 1 })
})

test('an order has its highest version, in whatever order its events arrive', async () => {
  const { get, send, storage } = createTestPlatform()
  const { orderId, occurredAt } = orderEvent()
  const version = (number: number, type: string) =>
    orderEvent({ id: `event-${number}`, orderId, version: number, type, order: { version: number } })
  await send({ events: [version(2, 'order.paid'), version(3, 'order.cancelled')] })
  await send({ events: [version(1, 'order.paid')] })
  expect(await (await get(`/v1/orders/${orderId}`)).json()).toEqual({
    orderId,
    version: 3,
    type: 'order.cancelled',
    order: { version: 3 },
    events: [
      { id: 'event-1', type: 'order.paid', version: 1, occurredAt },
      { id: 'event-2', type: 'order.paid', version: 2, occurredAt },
      { id: 'event-3', type: 'order.cancelled', version: 3, occurredAt },
    ],
  })
  expect(storage.stats()).toMatchObject({ orders: 1, events: 3 })
})

test('of two events with the same version, the first one is kept', async () => {
  const { get, send } = createTestPlatform()
  const { orderId } = orderEvent()
  await send({ events: [orderEvent({ orderId, order: { first: true } }), orderEvent({ orderId, order: {} })] })
  expect(await (await get(`/v1/orders/${orderId}`)).json()).toMatchObject({ order: { first: true } })
})

test.each([
  ['an unknown type', { type: 'order.lost' }, 'type'],
  ['no order id', { orderId: undefined }, 'orderId'],
  ['an order id that is a path', { orderId: '../stats' }, 'orderId'],
  ['a NUL in the order id', { orderId: 'a\0b' }, 'orderId'],
  ['version 0', { version: 0 }, 'version'],
  ['version 1.5', { version: 1.5 }, 'version'],
  ['a version beyond 2^53', { version: 2 ** 53 }, 'version'],
  ['a version as a string', { version: '1' }, 'version'],
  ['a local time', { occurredAt: '2025-01-02T03:04:05+09:00' }, 'occurredAt'],
  ['no order', { order: null }, 'order'],
  ['an array as the order', { order: [] }, 'order'],
])('an event with %s is rejected, and the others are accepted', async (_, malformed, named) => {
  const { send, storage } = createTestPlatform()
  const [good, bad, better] = [orderEvent(), orderEvent(malformed), orderEvent()]
  const reply = await send({ events: [good, bad, better] })
  expect(reply.status).toBe(200)
  expect(await reply.json()).toEqual({
    accepted: [good.id, better.id],
    duplicates: [],
    rejected: [{ id: bad.id, reason: expect.stringContaining(`${named}: `) }],
  })
  expect(storage.stats()).toMatchObject({ orders: 2, events: 2, rejected: 1 })
})

test('a rejected event is accepted when it is sent again well-formed', async () => {
  const { send } = createTestPlatform()
  const event = orderEvent()
  await send({ events: [{ ...event, version: 0 }] })
  expect(await (await send({ events: [event] })).json()).toMatchObject({ accepted: [event.id], duplicates: [] })
})

test('an order is returned as it was sent, with any content', async () => {
  const { get, send } = createTestPlatform()
  const order = JSON.parse('{"__proto__":{"admin":true},"text":"\\u0000 \\ud800 주문","deep":[{"a":[1,null]}]}')
  const event = orderEvent({ order })
  await send({ events: [event] })
  expect(JSON.parse(await (await get(`/v1/orders/${event.orderId}`)).text()).order).toEqual(order)
})

test.each([
  ['malformed JSON', '{"events":['],
  ['no content', ''],
  ['null', null],
  ['an array', [orderEvent()]],
  ['no events', {}],
  ['events that are not an array', { events: { 0: orderEvent() } }],
  ['0 events', { events: [] }],
  ['501 events', { events: Array.from({ length: 501 }, () => orderEvent()) }],
  ['an event that is not an object', { events: [orderEvent(), 7] }],
  ['an event without an id', { events: [orderEvent(), orderEvent({ id: undefined })] }],
  ['an event with an id that is too long', { events: [orderEvent({ id: 'x'.repeat(256) })] }],
])('a body with %s is refused completely', async (_, content) => {
  const { send, storage } = createTestPlatform()
  const reply = await send(content)
  expect(reply.status).toBe(400)
  expect(await reply.json()).toMatchObject({ status: 400, title: 'Bad Request', detail: expect.any(String) })
  expect(storage.stats()).toMatchObject({ orders: 0, events: 0, rejected: 0 })
})

test('500 events are accepted in one request', async () => {
  const { send, storage } = createTestPlatform()
  expect((await send({ events: Array.from({ length: 500 }, () => orderEvent()) })).status).toBe(200)
  expect(storage.stats()).toMatchObject({ orders: 500, events: 500 })
})

test('a batch that fails stores nothing', () => {
  const { storage } = createTestPlatform()
  const event = { ...orderEvent(), type: 'order.paid' } as const
  const broken = { ...event, id: 'broken', orderId: 'broken', order: { toJSON: () => JSON.parse('broken') } }
  expect(() => storage.accept({ events: [event, broken], rejected: 1 })).toThrow('broken')
  expect(storage.stats()).toEqual({ orders: 0, events: 0, duplicates: 0, rejected: 0, badSignatures: 0 })
  expect(storage.findOrder(event.orderId)).toBeUndefined()
  expect(storage.accept({ events: [event], rejected: 0 }).accepted).toEqual([event.id])
})

test.each(['', 'text/plain', 'application/jsonp', 'application/x-www-form-urlencoded'])(
  'a body of content type "%s" is refused',
  async (type) => {
    const { send } = createTestPlatform()
    expect((await send({ events: [orderEvent()] }, { 'content-type': type })).status).toBe(415)
  },
)

test('a content type may have a charset', async () => {
  const { send } = createTestPlatform()
  const headers = { 'content-type': 'Application/JSON; charset=utf-8' }
  expect((await send({ events: [orderEvent()] }, headers)).status).toBe(200)
})
