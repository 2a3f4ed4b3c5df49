import { randomUUIDv7 } from 'node:crypto'
import { useShop } from '@jumun/test-kit/domain-shop'
import { expect, test, vi } from 'vitest'
import { deliverBatch } from '../../src/delivery/deliver-batch.ts'
import { listOutbox } from '../../src/delivery/list-outbox.ts'
import { DEAD_LETTERS, OUTBOX } from '../../src/delivery/outbox.ts'
import type { OutgoingEvent } from '../../src/delivery/outgoing-event.ts'
import { replayEvents } from '../../src/delivery/replay-events.ts'
import { useDataPlatform } from './support/data-platform.ts'
import { anEvent, someEvents, useEventQueue } from './support/events.ts'

// A busy machine must not fail it.
vi.setConfig({ testTimeout: 60_000 })

const shop = useShop()
const queue = useEventQueue(shop)
const platform = useDataPlatform()

async function bury(events: OutgoingEvent[]): Promise<string[]> {
  const jobs = events.map((event) => ({ id: event.id, data: { ...event, rejection: 'No.', attempts: 20 } }))
  await shop.outbox.insert(DEAD_LETTERS, jobs)
  return events.map(({ id }) => id)
}

test('a dead letter that is replayed is delivered with its first id, and the others stay dead', async () => {
  const [event, other] = [anEvent(), anEvent()]
  await bury([event, other])
  expect(await replayEvents(shop.outbox, [event.id])).toBe(1)
  const { items } = await listOutbox(shop.em, { state: 'waiting', limit: 20 })
  expect(items).toMatchObject([{ eventId: event.id, orderId: event.orderId, state: 'waiting' }])
  expect(await deliverBatch({ outbox: shop.outbox, platform })).toMatchObject({ delivered: 1 })
  expect(platform.requests.at(-1)?.events).toEqual([event])
  expect((await queue.deadLetters()).map(({ id }) => id)).toEqual([other.id])
})

test('a replay that is repeated replays nothing twice, and knows nothing of ids that are none', async () => {
  const ids = await bury(someEvents(2))
  const [waiting] = await queue.add(anEvent())
  const asked = [...ids, waiting?.id ?? '', randomUUIDv7()]
  expect(await replayEvents(shop.outbox, asked)).toBe(2)
  expect(await replayEvents(shop.outbox, asked)).toBe(0)
  expect(await queue.waiting()).toHaveLength(3)
})

test('of many who replay the same dead letters at once each moves others, and none is doubled or lost', async () => {
  const events = someEvents(100)
  const ids = await bury(events)
  const replayed = await Promise.all(Array.from({ length: 10 }, () => replayEvents(shop.outbox, ids)))
  expect(replayed.reduce((sum, count) => sum + count, 0)).toBe(100)
  const waiting = await queue.waiting()
  expect(waiting.map(({ data }) => data.id)).toEqual(ids.toSorted())
  expect(await queue.deadLetters()).toEqual([])
})

test('a replay that cannot be finished leaves every dead letter where it is', async () => {
  const ids = await bury(someEvents(20))
  await shop.em.execute(`alter table pgboss.job_common add constraint full_disk check (name <> '${OUTBOX}') not valid`)
  try {
    await expect(replayEvents(shop.outbox, ids)).rejects.toThrow('full_disk')
  } finally {
    await shop.em.execute('alter table pgboss.job_common drop constraint full_disk')
  }
  expect((await queue.deadLetters()).map(({ id }) => id)).toEqual(ids.toSorted())
  expect(await queue.waiting()).toEqual([])
})

test('others keep flowing while dead letters are replayed', async () => {
  const ids = await bury(someEvents(200))
  const em = shop.em.fork()
  await em.begin()
  // Somebody is at these, and takes long.
  await em.execute(`select 1 from pgboss.job where name = '${DEAD_LETTERS}' order by id limit 100 for update`)
  const [event] = await queue.add(anEvent())
  expect(await replayEvents(shop.outbox, ids)).toBe(100)
  const { delivered } = await deliverBatch({ outbox: shop.outbox, platform })
  expect(delivered).toBe(101)
  expect(platform.storage.findOrder(event?.orderId ?? '')).toBeDefined()
  await em.rollback()
  expect(await replayEvents(shop.outbox, ids)).toBe(100)
})
