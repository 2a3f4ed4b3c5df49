import { randomUUID } from 'node:crypto'
import { useShop } from '@jumun/test-kit/domain-shop'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { median } from '@jumun/test-kit/quantiles'
import { waitFor } from '@jumun/test-kit/wait-for'
import { HttpResponse } from 'msw'
import { afterEach, expect, test, vi } from 'vitest'
import type { Loop } from '../../src/background/loop.ts'
import { claimEvents } from '../../src/delivery/claim-events.ts'
import type { Delivery } from '../../src/delivery/deliver-batch.ts'
import { startRelay } from '../../src/delivery/relay.ts'
import { advanceFeed } from '../../src/feed/advance-feed.ts'
import { cancelOrder } from '../../src/order/cancel-order.ts'
import { useDataPlatform } from './support/data-platform.ts'
import { anEvent, BAD, someEvents, useEventQueue } from './support/events.ts'

// Higher than every limit below, so that a failure names the limit that was exceeded.
vi.setConfig({ testTimeout: scaleByLoad(180_000) })

/** Limits a wait whose duration is not asserted. */
const PATIENCE_MS = scaleByLoad(25_000)

const shop = useShop()
const queue = useEventQueue(shop)
const platform = useDataPlatform()

let relays: Loop[] = []
afterEach(async () => {
  await platform.recover()
  await Promise.all(relays.map((relay) => relay.stop()))
  relays = []
})

function run({ timeoutMs = scaleByLoad(1_000) } = {}) {
  const deliveries: Delivery[] = []
  const errors: unknown[] = []
  const relay = startRelay({
    em: shop.em,
    platform: { url: platform.url, secret: platform.secret, timeoutMs },
    onDelivery: (delivery) => deliveries.push(delivery),
    onError: (error) => errors.push(error),
  })
  relays.push(relay)
  return { ...relay, deliveries, errors }
}

const has = (orderId: string) => platform.storage.findOrder(orderId) !== undefined

test('an order is delivered at once if placing it wakes the relay', async () => {
  const [memberId, productId] = [await shop.member(), await shop.product()]
  const relay = run()
  const delays: number[] = []
  for (let order = 0; order < 9; order++) {
    const { answer } = await shop.place({ memberId, items: [{ productId, quantity: 1 }] })
    relay.wake()
    delays.push(await waitFor(() => has(answer.id), PATIENCE_MS))
  }
  // Without the wake, polling finds it after up to half a second.
  expect(median(delays)).toBeLessThan(scaleByLoad(300))
})

test('an order of another process is delivered within a second', async () => {
  const [memberId, productId] = [await shop.member(), await shop.product()]
  run()
  const delays: number[] = []
  for (let order = 0; order < 5; order++) {
    const { answer } = await shop.place({ memberId, items: [{ productId, quantity: 1 }] })
    delays.push(await waitFor(() => has(answer.id), PATIENCE_MS))
  }
  expect(median(delays)).toBeLessThan(scaleByLoad(1_000))
})

test('a relay that stops ends its lease, so that another one sends at once', async () => {
  const [memberId, productId] = [await shop.member(), await shop.product()]
  const place = () => shop.place({ memberId, items: [{ productId, quantity: 1 }] })
  const relay = run()
  const { answer } = await place()
  await waitFor(() => has(answer.id), PATIENCE_MS)
  await relay.stop()
  await place()
  await advanceFeed(shop.em.fork())
  expect((await claimEvents(shop.em, randomUUID(), 1))?.events).toHaveLength(1)
  await shop.em.execute(`update feed_consumer set leased_until = '-infinity'`)
})

test('an order that was paid and cancelled is cancelled at the platform', async () => {
  const [memberId, productId] = [await shop.member(), await shop.product()]
  const { answer } = await shop.place({ memberId, items: [{ productId, quantity: 1 }] })
  await cancelOrder(shop.em, { orderId: answer.id, mayAccess: () => true })
  run()
  await waitFor(() => has(answer.id), PATIENCE_MS)
  expect(platform.storage.findOrder(answer.id)).toMatchObject({
    version: 2,
    type: 'order.cancelled',
    order: { status: 'CANCELLED' },
    events: [{ version: 1 }, { version: 2 }],
  })
})

test('a batch holds the first version of an order before the second', async () => {
  const paid = anEvent()
  const cancelled = anEvent({ orderId: paid.orderId, type: 'order.cancelled', version: 2 })
  await queue.add(paid)
  await queue.add(...someEvents(20), cancelled)
  run()
  await waitFor(() => has(paid.orderId), PATIENCE_MS)
  const [ids] = platform.requests.map((request) => request.ids)
  expect(ids?.indexOf(paid.id)).toBeLessThan(ids?.indexOf(cancelled.id) ?? 0)
})

test('the first version of an order does not overwrite the second if it arrives later', async () => {
  const paid = anEvent()
  platform.answer(() => new HttpResponse(null, { status: 503 }), { once: true })
  await queue.add(paid)
  const relay = run()
  await waitFor(() => relay.deliveries.length === 1, PATIENCE_MS)
  await queue.add(anEvent({ orderId: paid.orderId, type: 'order.cancelled', version: 2 }))
  await waitFor(() => platform.storage.stats().events === 2, PATIENCE_MS)
  expect(platform.storage.findOrder(paid.orderId)).toMatchObject({ version: 2, type: 'order.cancelled' })
})

test('an event whose reply was lost is sent again and applied once', async () => {
  const [event] = await queue.add(anEvent())
  await platform.setFaults({ dropReplies: true })
  const relay = run()
  await waitFor(() => relay.deliveries.length > 0, PATIENCE_MS)
  expect(relay.deliveries[0]).toMatchObject({ delivered: 0, failed: 1 })
  expect(has(event?.orderId ?? '')).toBe(true)
  await platform.recover()
  await waitFor(async () => (await queue.waiting()).length === 0, PATIENCE_MS)
  expect(platform.requests.map(({ ids }) => ids)).toEqual(platform.requests.map(() => [event?.id]))
  const { orders, events, duplicates } = platform.storage.stats()
  expect({ orders, events }).toEqual({ orders: 1, events: 1 })
  expect(duplicates).toBeGreaterThan(0)
})

test('two relays on one database deliver each event once', async () => {
  const added = [...(await queue.add(...someEvents(2_000))), ...(await queue.add(...someEvents(1_000)))]
  const pair = [run(), run()]
  await waitFor(() => platform.storage.stats().events === added.length, PATIENCE_MS)
  await Promise.all(pair.map((relay) => relay.stop()))
  expect(platform.storage.stats()).toMatchObject({ events: 3_000, duplicates: 0 })
  expect(await queue.waiting()).toEqual([])
})

test('the relay backs off during an outage, and delivers the backlog afterwards', async () => {
  await platform.setFaults({ status: 500 })
  const relay = run()
  await queue.add(...someEvents(600))
  await waitFor(() => platform.requests.length >= 5, PATIENCE_MS)
  const sizes = platform.requests.map(({ ids }) => ids.length)
  for (const [failures, size] of sizes.entries()) expect(size).toBeLessThanOrEqual(Math.ceil(500 / 2 ** failures))
  const times = platform.requests.map(({ at }) => at)
  // The backoff is at least 0.25 s; a timer may be early by less than a millisecond.
  for (const [index, at] of times.slice(1).entries()) expect(at - (times[index] ?? 0)).toBeGreaterThanOrEqual(249)
  await platform.recover()
  await waitFor(() => platform.storage.stats().events === 600, PATIENCE_MS)
  await waitFor(async () => (await queue.waiting()).length === 0, PATIENCE_MS)
  expect(relay.errors).toEqual([])
})

test('an event that is repeatedly rejected does not delay others, which arrive within a second', async () => {
  await platform.setFaults({ rejectOrderIds: [BAD] })
  const relay = run()
  await queue.add(anEvent({ orderId: BAD }))
  await waitFor(() => relay.deliveries.length >= 3, PATIENCE_MS)
  const delays: number[] = []
  for (let order = 0; order < 5; order++) {
    const [event] = await queue.add(anEvent())
    delays.push(await waitFor(() => has(event?.orderId ?? ''), PATIENCE_MS))
  }
  expect(median(delays)).toBeLessThan(scaleByLoad(1_000))
})

test('a hanging platform delays a stop by its timeout at most', async () => {
  await platform.setFaults({ hang: true })
  const relay = run({ timeoutMs: 1_000 })
  await queue.add(...someEvents(3))
  await waitFor(() => platform.requests.length === 1, PATIENCE_MS)
  const started = performance.now()
  await relay.stop()
  expect(performance.now() - started).toBeLessThan(scaleByLoad(1_950))
  expect(await queue.waiting()).toMatchObject([{ state: 'created' }, { state: 'created' }, { state: 'created' }])
})

test('the timeout of the platform is five seconds by default', async () => {
  await platform.setFaults({ hang: true })
  const relay = startRelay({ em: shop.em, platform: { url: platform.url, secret: platform.secret } })
  await queue.add(anEvent())
  await waitFor(() => platform.requests.length === 1, PATIENCE_MS)
  const started = performance.now()
  await relay.stop()
  expect(performance.now() - started).toBeGreaterThan(4_000)
  expect(performance.now() - started).toBeLessThan(scaleByLoad(9_000))
})

test('a stop ends a backoff', async () => {
  await platform.setFaults({ status: 500 })
  const stops: number[] = []
  for (let stop = 0; stop < 5; stop++) {
    await queue.add(...someEvents(1))
    const relay = run()
    await waitFor(() => relay.deliveries.length === 1, PATIENCE_MS)
    const started = performance.now()
    await relay.stop()
    stops.push(performance.now() - started)
  }
  // A backoff takes a quarter of a second at least.
  expect(median(stops)).toBeLessThan(scaleByLoad(200))
})
