import { setTimeout as sleep } from 'node:timers/promises'
import { useShop } from '@jumun/test-kit/domain-shop'
import { waitFor } from '@jumun/test-kit/wait-for'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { Delivery } from '../../src/delivery/deliver-batch.ts'
import { startRelay } from '../../src/delivery/relay.ts'
import { SECRET } from './support/data-platform.ts'
import { someEvents, useEventQueue } from './support/events.ts'
import { median } from './support/median.ts'
import { startPlatformProcess } from './support/processes.ts'

// On a busy machine the limits below must be reached before this one.
vi.setConfig({ testTimeout: 90_000 })

const shop = useShop()
const queue = useEventQueue(shop)

async function setUp() {
  const platform = await startPlatformProcess(onTestFinished)
  const deliveries: Delivery[] = []
  const relay = startRelay({
    outbox: shop.outbox,
    platform: { url: platform.url, secret: SECRET },
    onDelivery: (delivery) => deliveries.push(delivery),
  })
  onTestFinished(() => relay.stop())
  return { platform, relay, deliveries }
}

test('an order that was placed is with the platform within a second', async () => {
  const { platform, relay } = await setUp()
  const [memberId, productId] = [await shop.member(), await shop.product()]
  const delays: number[] = []
  for (let order = 0; order < 5; order++) {
    const { answer } = await shop.place({ memberId, items: [{ productId, quantity: 1 }] })
    relay.wake()
    delays.push(await waitFor(() => platform.has(answer.id), 20_000))
  }
  expect(median(delays)).toBeLessThan(1_000)
})

test('a platform killed again and again in mid-batch has every event once in the end', async () => {
  const { platform, deliveries } = await setUp()
  const count = 3_000
  await queue.add(...someEvents(count))
  for (let kills = 0; kills < 3; kills++) {
    await waitFor(async () => (await queue.waiting()).some(({ state }) => state === 'active'), 15_000)
    await platform.kill()
    await sleep(500)
    await platform.start()
    const seen = deliveries.length
    await waitFor(() => deliveries.length > seen, 15_000)
  }
  await waitFor(async () => (await platform.stats()).events === count, 30_000)
  await waitFor(async () => (await queue.waiting()).length === 0, 5_000)
  expect(deliveries.some(({ failed }) => failed > 0)).toBe(true)
  expect(await platform.stats()).toMatchObject({ orders: count, events: count, rejected: 0, badSignatures: 0 })
})
