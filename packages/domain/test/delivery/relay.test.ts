import { useShop } from '@jumun/test-kit/domain-shop'
import { waitFor } from '@jumun/test-kit/wait-for'
import { HttpResponse } from 'msw'
import { afterEach, expect, test, vi } from 'vitest'
import type { Loop } from '../../src/background/loop.ts'
import type { Delivery } from '../../src/delivery/deliver-batch.ts'
import { openOutbox } from '../../src/delivery/outbox.ts'
import { startRelay } from '../../src/delivery/relay.ts'
import { cancelOrder } from '../../src/order/cancel-order.ts'
import { useDataPlatform } from './support/data-platform.ts'
import { anEvent, someEvents, useEventQueue } from './support/events.ts'
import { median } from './support/median.ts'

// On a busy machine the limits below must be reached before this one.
vi.setConfig({ testTimeout: 90_000 })

/** For what is only waited for. */
const PATIENCE_MS = 20_000

const shop = useShop()
const queue = useEventQueue(shop)
const platform = useDataPlatform()

let relays: Loop[] = []
afterEach(async () => {
  await platform.recover()
  await Promise.all(relays.map((relay) => relay.stop()))
  relays = []
})

function run({ outbox = shop.outbox, timeoutMs = 1_000 } = {}) {
  const deliveries: Delivery[] = []
  const errors: unknown[] = []
  const relay = startRelay({
    outbox,
    platform: { url: platform.url, secret: platform.secret, timeoutMs },
    onDelivery: (delivery) => deliveries.push(delivery),
    onError: (error) => errors.push(error),
  })
  relays.push(relay)
  return { ...relay, deliveries, errors }
}

const has = (orderId: string) => platform.storage.findOrder(orderId) !== undefined

test('an order that was placed is delivered at once if the relay is woken', async () => {
  const [memberId, productId] = [await shop.member(), await shop.product()]
  const relay = run()
  const delays: number[] = []
  for (let order = 0; order < 9; order++) {
    const { answer } = await shop.place({ memberId, items: [{ productId, quantity: 1 }] })
    relay.wake()
    delays.push(await waitFor(() => has(answer.id), PATIENCE_MS))
  }
  // One that has to be looked for is found after half a second.
  expect(median(delays)).toBeLessThan(300)
})

test('an order of another process is delivered within a second', async () => {
  const [memberId, productId] = [await shop.member(), await shop.product()]
  run()
  const delays: number[] = []
  for (let order = 0; order < 5; order++) {
    const { answer } = await shop.place({ memberId, items: [{ productId, quantity: 1 }] })
    delays.push(await waitFor(() => has(answer.id), PATIENCE_MS))
  }
  expect(median(delays)).toBeLessThan(1_000)
})

test('an order that was paid and cancelled ends as cancelled', async () => {
  const [memberId, productId] = [await shop.member(), await shop.product()]
  const { answer } = await shop.place({ memberId, items: [{ productId, quantity: 1 }] })
  await cancelOrder(shop.em, shop.outbox, { orderId: answer.id, mayTouch: () => true })
  run()
  await waitFor(() => has(answer.id), PATIENCE_MS)
  expect(platform.storage.findOrder(answer.id)).toMatchObject({
    version: 2,
    type: 'order.cancelled',
    order: { status: 'CANCELLED' },
    events: [{ version: 1 }, { version: 2 }],
  })
})

test('of one batch the platform sees the first version of an order before its second', async () => {
  const paid = anEvent()
  const cancelled = anEvent({ orderId: paid.orderId, type: 'order.cancelled', version: 2 })
  await queue.add(cancelled, ...someEvents(20), paid)
  run()
  await waitFor(() => has(paid.orderId), PATIENCE_MS)
  const [ids] = platform.requests.map((request) => request.ids)
  expect(ids?.indexOf(paid.id)).toBeLessThan(ids?.indexOf(cancelled.id) ?? 0)
})

test('a first version that arrives after the second does not overwrite it', async () => {
  const paid = anEvent()
  platform.answer(() => new HttpResponse(null, { status: 503 }), { once: true })
  await queue.add(paid)
  const relay = run()
  await waitFor(() => relay.deliveries.length === 1, PATIENCE_MS)
  await queue.add(anEvent({ orderId: paid.orderId, type: 'order.cancelled', version: 2 }))
  await waitFor(() => platform.storage.stats().events === 2, 10_000)
  expect(platform.storage.findOrder(paid.orderId)).toMatchObject({ version: 2, type: 'order.cancelled' })
})

test('a reply that is lost after processing: the event comes twice and is applied once', async () => {
  const [event] = await queue.add(anEvent())
  await platform.setFaults({ dropReplies: true })
  const relay = run()
  await waitFor(() => relay.deliveries.length > 0, PATIENCE_MS)
  expect(relay.deliveries[0]).toMatchObject({ delivered: 0, failed: 1 })
  expect(has(event?.orderId ?? '')).toBe(true)
  await platform.recover()
  await waitFor(async () => (await queue.waiting()).length === 0, 10_000)
  expect(platform.requests.map(({ ids }) => ids)).toEqual(platform.requests.map(() => [event?.id]))
  const { orders, events, duplicates } = platform.storage.stats()
  expect({ orders, events }).toEqual({ orders: 1, events: 1 })
  expect(duplicates).toBeGreaterThan(0)
})

test('two relays on one database deliver each event once', async () => {
  const outbox = openOutbox({ url: shop.url, maintain: false })
  await outbox.start()
  const added = [...(await queue.add(...someEvents(2_000))), ...(await queue.add(...someEvents(1_000)))]
  const pair = [run(), run({ outbox })]
  await waitFor(() => platform.storage.stats().events === added.length, 20_000)
  await Promise.all(pair.map((relay) => relay.stop()))
  await outbox.stop({ graceful: false })
  for (const { deliveries } of pair) expect(deliveries.length).toBeGreaterThan(0)
  expect(platform.storage.stats()).toMatchObject({ events: 3_000, duplicates: 0 })
  expect(await queue.waiting()).toEqual([])
})

test('an outage is knocked at ever more seldom, and what piled up follows once it is over', async () => {
  await platform.setFaults({ status: 500 })
  const relay = run()
  await queue.add(...someEvents(600))
  await waitFor(() => platform.requests.length >= 5, 20_000)
  const sizes = platform.requests.map(({ ids }) => ids.length)
  for (const [failures, size] of sizes.entries()) expect(size).toBeLessThanOrEqual(Math.ceil(500 / 2 ** failures))
  // Five tries at 0.25 s and more, and not the hundreds that a loop without rests makes.
  expect(sizes.length).toBeLessThan(8)
  await platform.recover()
  await waitFor(() => platform.storage.stats().events === 600, 25_000)
  await waitFor(async () => (await queue.waiting()).length === 0, PATIENCE_MS)
  expect(relay.errors).toEqual([])
})

test('while one event is rejected again and again, others arrive within a second', async () => {
  await platform.setFaults({ rejectOrderIds: ['bad'] })
  const relay = run()
  await queue.add(anEvent({ orderId: 'bad' }))
  await waitFor(() => relay.deliveries.length >= 3, 20_000)
  const delays: number[] = []
  for (let order = 0; order < 5; order++) {
    const [event] = await queue.add(anEvent())
    delays.push(await waitFor(() => has(event?.orderId ?? ''), PATIENCE_MS))
  }
  expect(median(delays)).toBeLessThan(1_000)
})

test('a platform that hangs holds up a stop for as long as it is waited for, and no longer', async () => {
  await platform.setFaults({ hang: true })
  const relay = run({ timeoutMs: 1_000 })
  await queue.add(...someEvents(3))
  await waitFor(() => platform.requests.length === 1, PATIENCE_MS)
  const begun = performance.now()
  await relay.stop()
  expect(performance.now() - begun).toBeLessThan(1_950)
  expect(await queue.waiting()).toMatchObject([{ state: 'retry' }, { state: 'retry' }, { state: 'retry' }])
})

test('by default the platform is waited for five seconds', async () => {
  await platform.setFaults({ hang: true })
  const relay = startRelay({ outbox: shop.outbox, platform: { url: platform.url, secret: platform.secret } })
  await queue.add(anEvent())
  await waitFor(() => platform.requests.length === 1, PATIENCE_MS)
  const begun = performance.now()
  await relay.stop()
  expect(performance.now() - begun).toBeGreaterThan(4_000)
  expect(performance.now() - begun).toBeLessThan(9_000)
})

test('a stop during a rest does not wait for its end', async () => {
  await platform.setFaults({ status: 500 })
  const stops: number[] = []
  for (let stop = 0; stop < 5; stop++) {
    await queue.add(...someEvents(1))
    const relay = run()
    await waitFor(() => relay.deliveries.length === 1, PATIENCE_MS)
    const begun = performance.now()
    await relay.stop()
    stops.push(performance.now() - begun)
  }
  // A rest takes a quarter of a second at least.
  expect(median(stops)).toBeLessThan(200)
})
