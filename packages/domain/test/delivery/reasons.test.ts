import { randomUUIDv7 } from 'node:crypto'
import { useShop } from '@jumun/test-kit/domain-shop'
import { expect, test } from 'vitest'
import { deliverBatch } from '../../src/delivery/deliver-batch.ts'
import { listOutbox } from '../../src/delivery/list-outbox.ts'
import type { OutgoingEvent } from '../../src/delivery/outgoing-event.ts'
import { readEvent } from '../../src/delivery/read-event.ts'
import { readReasons } from '../../src/delivery/read-reasons.ts'
import { refusalOf } from '../../test-support/refusal.ts'
import { useDataPlatform } from './support/data-platform.ts'
import { anEvent, someEvents, useEventQueue } from './support/events.ts'

const shop = useShop()
const queue = useEventQueue(shop)
const platform = useDataPlatform()

async function addDead(reason: string | null, events: OutgoingEvent[]): Promise<void> {
  await queue.addDead(...events)
  for (const { id } of events)
    await shop.em.execute('update undelivered_event set reason = ? where id = ?', [reason, id])
}

const list = async (options: Partial<Parameters<typeof listOutbox>[1]>) =>
  (await listOutbox(shop.em, { state: 'dead', limit: 20, ...options })).items.map(({ id }) => id)

test('dead letters are counted by their exact reason, the most frequent first, beside all that wait', async () => {
  await addDead('unknown sku', someEvents(3))
  await addDead('Unknown SKU', someEvents(1))
  await addDead('two\nlines', someEvents(2))
  await addDead(null, someEvents(1))
  await queue.add(...someEvents(2))
  await shop.em.execute(
    `update undelivered_event set since = '2026-11-23T01:02:03.456789Z' where reason = 'two\nlines'`,
  )
  const { items, ...counts } = await readReasons(shop.em)
  expect(counts).toEqual({ waiting: 2, dead: 7 })
  expect(items.slice(0, 2)).toMatchObject([
    { reason: 'unknown sku', count: 3 },
    { reason: 'two\nlines', count: 2, oldest: '2026-11-23T01:02:03.456Z' },
  ])
  expect(new Set(items.slice(2).map(({ reason }) => reason))).toEqual(new Set(['Unknown SKU', null]))
})

test('at most a hundred reasons are listed', async () => {
  await queue.addDead(...someEvents(101))
  await shop.em.execute('update undelivered_event set reason = id::text')
  const { items, dead } = await readReasons(shop.em)
  expect(items).toHaveLength(100)
  expect(dead).toBe(101)
})

test('the list has only the dead letters of a reason or of an order', async () => {
  const [one, two, other] = [anEvent(), anEvent(), anEvent()]
  await addDead('unknown sku', [one, two])
  await addDead('No.', [other])
  expect(new Set(await list({ reason: 'unknown sku' }))).toEqual(new Set([one.id, two.id]))
  expect(await list({ orderId: two.orderId })).toEqual([two.id])
  expect(await list({ orderId: other.orderId, reason: 'unknown sku' })).toEqual([])
})

test('the list has every waiting event of an order, also behind rows that name it in other events', async () => {
  const paid = anEvent()
  const cancelled = anEvent({ orderId: paid.orderId, type: 'order.cancelled', version: 2 })
  // As when an order was placed for later payment in the transaction of others.
  const placed = JSON.stringify([
    { type: 'order.placed', data: { order: { id: paid.orderId } } },
    { type: 'order.paid', data: { order: { id: randomUUIDv7(), paidAt: 'then' }, version: 1 } },
  ])
  for (let row = 0; row < 3; row++)
    await shop.em.execute('insert into change (events, outgoing) values (?::json, 1)', [placed])
  await queue.add(anEvent(), paid)
  await queue.add(cancelled)
  expect(await list({ state: 'waiting', orderId: paid.orderId, limit: 1 })).toEqual([paid.id])
  expect(await list({ state: 'waiting', orderId: paid.orderId })).toEqual([paid.id, cancelled.id])
  expect(await list({ state: 'waiting', reason: 'none' })).toEqual([])
})

test('an event is read with what is sent for it, wherever it waits', async () => {
  const [event] = await queue.add(anEvent())
  const { id = '' } = event ?? {}
  const common = { id, eventId: id, type: 'order.paid', version: 1, payload: event }
  expect(await readEvent(shop.em, id)).toMatchObject({ ...common, state: 'waiting', attempts: 0, nextAttemptAt: null })
  await platform.setFaults({ rejectRate: 1 })
  await deliverBatch({ em: shop.em, platform })
  expect(await readEvent(shop.em, id)).toMatchObject({ ...common, attempts: 1, nextAttemptAt: expect.any(String) })
  expect(platform.requests.at(-1)?.events).toEqual([event])
  await shop.em.execute('update undelivered_event set due_at = null')
  expect(await readEvent(shop.em, id)).toMatchObject({ ...common, state: 'dead', nextAttemptAt: null })
  await queue.makeDue()
  await shop.em.execute('delete from undelivered_event')
  expect(await refusalOf(readEvent(shop.em, id))).toEqual({ code: 'EVENT_NOT_FOUND', eventId: id })
  const unknown = randomUUIDv7()
  expect(await refusalOf(readEvent(shop.em, unknown))).toEqual({ code: 'EVENT_NOT_FOUND', eventId: unknown })
})
