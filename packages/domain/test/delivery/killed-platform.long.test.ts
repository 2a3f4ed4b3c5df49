import { useShop } from '@jumun/test-kit/domain-shop'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { median } from '@jumun/test-kit/quantiles'
import { waitFor } from '@jumun/test-kit/wait-for'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { Delivery } from '../../src/delivery/deliver-batch.ts'
import { startRelay } from '../../src/delivery/relay.ts'
import { SECRET } from './support/data-platform.ts'
import { someEvents, useEventQueue } from './support/events.ts'
import { startPlatformProcess } from './support/processes.ts'

// Higher than every limit below, so that a failure names the limit that was exceeded.
vi.setConfig({ testTimeout: scaleByLoad(180_000) })

/** Limits a wait whose duration is not asserted. */
const PATIENCE_MS = scaleByLoad(30_000)

const shop = useShop()
const queue = useEventQueue(shop)

async function setUp() {
  const platform = await startPlatformProcess(onTestFinished)
  const deliveries: Delivery[] = []
  const relay = startRelay({
    em: shop.em,
    platform: { url: platform.url, secret: SECRET },
    onDelivery: (delivery) => deliveries.push(delivery),
  })
  onTestFinished(() => relay.stop())
  return { platform, relay, deliveries }
}

test('an order reaches the platform within a second after it was placed', async () => {
  const { platform, relay } = await setUp()
  const [memberId, productId] = [await shop.member(), await shop.product()]
  const delays: number[] = []
  for (let order = 0; order < 5; order++) {
    const { answer } = await shop.place({ memberId, items: [{ productId, quantity: 1 }] })
    relay.wake()
    delays.push(await waitFor(() => platform.has(answer.id), PATIENCE_MS))
  }
  expect(median(delays)).toBeLessThan(scaleByLoad(1_000))
})

test('a platform that is repeatedly killed during a batch ends with every event exactly once', async () => {
  const { platform, deliveries } = await setUp()
  const count = 3_000
  await queue.add(...someEvents(count))
  for (let kills = 0; kills < 3; kills++) {
    await waitFor(async () => (await queue.waiting()).some(({ state }) => state === 'active'), PATIENCE_MS)
    const beforeKill = deliveries.length
    await platform.kill()
    await waitFor(() => deliveries.slice(beforeKill).some(({ failed }) => failed > 0), PATIENCE_MS)
    await platform.start()
    const beforeRecovery = deliveries.length
    await waitFor(() => deliveries.length > beforeRecovery, PATIENCE_MS)
  }
  await waitFor(async () => (await platform.stats()).events === count, PATIENCE_MS)
  await waitFor(async () => (await queue.waiting()).length === 0, PATIENCE_MS)
  expect(deliveries.some(({ failed }) => failed > 0)).toBe(true)
  expect(await platform.stats()).toMatchObject({ orders: count, events: count, rejected: 0, badSignatures: 0 })
})
