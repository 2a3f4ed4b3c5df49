import { randomUUIDv7 } from 'node:crypto'
import { useShop } from '@jumun/test-kit/domain-shop'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { expect, test, vi } from 'vitest'
import { deliverBatch } from '../../src/delivery/deliver-batch.ts'
import { listOutbox } from '../../src/delivery/list-outbox.ts'
import type { OutgoingEvent } from '../../src/delivery/outgoing-event.ts'
import { replayEvents } from '../../src/delivery/replay-events.ts'
import { useDataPlatform } from './support/data-platform.ts'
import { anEvent, someEvents, useEventQueue } from './support/events.ts'

vi.setConfig({ testTimeout: scaleByLoad(60_000) })

const shop = useShop()
const queue = useEventQueue(shop)
const platform = useDataPlatform()

async function addDeadLetters(events: OutgoingEvent[]): Promise<string[]> {
  await queue.addDead(...events)
  return events.map(({ id }) => id)
}

test('a replayed dead letter is delivered with its original id, and the others stay dead letters', async () => {
  const [event, other] = [anEvent(), anEvent()]
  await addDeadLetters([event, other])
  expect(await replayEvents(shop.em, { ids: [event.id] })).toEqual({ replayed: 1, remaining: 0 })
  const { items } = await listOutbox(shop.em, { state: 'waiting', limit: 20 })
  expect(items).toMatchObject([{ eventId: event.id, orderId: event.orderId, state: 'waiting' }])
  expect(await deliverBatch({ em: shop.em, platform })).toMatchObject({ delivered: 1 })
  expect(platform.requests.at(-1)?.events).toEqual([event])
  expect((await queue.deadLetters()).map(({ id }) => id)).toEqual([other.id])
})

test('a repeated replay moves nothing twice, and ignores unknown ids', async () => {
  const ids = await addDeadLetters(someEvents(2))
  const [waiting] = await queue.add(anEvent())
  const requested = [...ids, waiting?.id ?? '', randomUUIDv7()]
  expect(await replayEvents(shop.em, { ids: requested })).toEqual({ replayed: 2, remaining: 0 })
  expect(await replayEvents(shop.em, { ids: requested })).toEqual({ replayed: 0, remaining: 0 })
  expect(await queue.waiting()).toHaveLength(3)
})

test('concurrent replays of the same dead letters move each of them once', async () => {
  const events = someEvents(100)
  const ids = await addDeadLetters(events)
  const replayed = await Promise.all(Array.from({ length: 10 }, () => replayEvents(shop.em, { ids })))
  expect(replayed.reduce((sum, one) => sum + one.replayed, 0)).toBe(100)
  const waiting = await queue.waiting()
  expect(waiting.map(({ data }) => data.id)).toEqual(ids.toSorted())
  expect(await queue.deadLetters()).toEqual([])
})

test('a replay that fails moves no dead letter', async () => {
  const ids = await addDeadLetters(someEvents(20))
  await shop.em.execute('alter table undelivered_event add constraint full_disk check (due_at is null) not valid')
  try {
    await expect(replayEvents(shop.em, { ids })).rejects.toThrow('full_disk')
  } finally {
    await shop.em.execute('alter table undelivered_event drop constraint full_disk')
  }
  expect((await queue.deadLetters()).map(({ id }) => id)).toEqual(ids.toSorted())
  expect(await queue.waiting()).toEqual([])
})

test('a replay skips locked dead letters, and other events are delivered meanwhile', async () => {
  const ids = await addDeadLetters(someEvents(200))
  const em = shop.em.fork()
  await em.begin()
  // Another transaction keeps these locked.
  await em.execute('select 1 from undelivered_event order by id limit 100 for update')
  const [event] = await queue.add(anEvent())
  expect(await replayEvents(shop.em, { ids })).toEqual({ replayed: 100, remaining: 100 })
  const { delivered } = await deliverBatch({ em: shop.em, platform })
  expect(delivered).toBe(101)
  expect(platform.storage.findOrder(event?.orderId ?? '')).toBeDefined()
  await em.rollback()
  expect(await replayEvents(shop.em, { ids })).toEqual({ replayed: 100, remaining: 0 })
})

test('a replay by a reason moves at most a thousand, the oldest first, and no dead letter of another reason', async () => {
  const events = someEvents(1_001)
  await addDeadLetters([...events, anEvent()])
  const last = events.at(-1)?.id ?? ''
  await shop.em.execute(`update undelivered_event set reason = 'unknown sku' where id = any(?::uuid[])`, [
    `{${events.map(({ id }) => id).join()}}`,
  ])
  await shop.em.execute(`update undelivered_event set since = since + interval '1 hour' where id = ?`, [last])
  const replay = () => replayEvents(shop.em, { reason: 'unknown sku' })
  expect(await replay()).toEqual({ replayed: 1_000, remaining: 1 })
  expect((await queue.deadLetters()).map(({ id }) => id)).toContain(last)
  expect(await replay()).toEqual({ replayed: 1, remaining: 0 })
  expect(await replay()).toEqual({ replayed: 0, remaining: 0 })
  expect(await queue.deadLetters()).toMatchObject([{ reason: 'No.' }])
})
