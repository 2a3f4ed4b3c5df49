import { setTimeout as sleep } from 'node:timers/promises'
import { useShop } from '@jumun/test-kit/domain-shop'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { HttpResponse } from 'msw'
import { expect, test } from 'vitest'
import { deliverBatch } from '../../src/delivery/deliver-batch.ts'
import { useDataPlatform } from './support/data-platform.ts'
import { aLargeEvent, someEvents, useEventQueue } from './support/events.ts'

const shop = useShop()
const queue = useEventQueue(shop)
const platform = useDataPlatform()

function deliver({ platformWorks = false, timeoutMs = scaleByLoad(20_000) } = {}) {
  const { url, secret } = platform
  return deliverBatch({ em: shop.em, platform: { url, secret, timeoutMs }, platformWorks })
}

/** Makes the platform refuse some requests with a status. */
function refuse(status: number, isRefused: (request: { ids: string[]; bytes: number }) => boolean) {
  platform.answer(async ({ request }) => {
    const body = await request.clone().text()
    const { events } = JSON.parse(body) as { events: { id: string }[] }
    const ids = events.map(({ id }) => id)
    return isRefused({ ids, bytes: body.length }) ? new HttpResponse(null, { status }) : undefined
  })
}

test('large orders are split into several requests below the size limit', async () => {
  const events = await queue.add(...Array.from({ length: 40 }, aLargeEvent))
  expect(await deliver()).toMatchObject({ delivered: 40, failed: 0 })
  const sizes = platform.requests.map(({ body }) => Buffer.byteLength(body))
  expect(sizes.length).toBeGreaterThan(1)
  expect(Math.max(...sizes)).toBeLessThan(1_001_000)
  expect(platform.requests.flatMap(({ ids }) => ids).sort()).toEqual(events.map(({ id }) => id).sort())
})

test('a request that is too large for the platform (413) is split in halves', async () => {
  await queue.add(...someEvents(100))
  refuse(413, ({ bytes }) => bytes > 10_000)
  expect(await deliver()).toEqual({ delivered: 100, failed: 0, unanswered: 0, deadLettered: 0 })
  expect(await queue.waiting()).toEqual([])
})

test.each([400, 413, 422])('an event that the platform refuses (%i) does not delay the others', async (status) => {
  const events = await queue.add(...someEvents(64))
  const bad = events[41]?.id ?? ''
  refuse(status, ({ ids }) => ids.includes(bad))
  expect(await deliver()).toEqual({
    delivered: 63,
    failed: 1,
    unanswered: 1,
    deadLettered: 0,
    reason: `The data platform answered ${status}.`,
  })
  expect(await queue.waiting()).toMatchObject([{ data: { id: bad } }])
  // One request with 64 events, then six splits down to one event, each with two requests.
  expect(platform.requests).toHaveLength(13)
})

test('a refused request counts as a rejection only if the platform has accepted events recently', async () => {
  await queue.add(...someEvents(1))
  refuse(400, () => true)
  expect(await deliver()).toMatchObject({ failed: 1, unanswered: 1 })
  expect(await queue.waiting()).toMatchObject([{ rejections: 0 }])
  await queue.makeDue()
  expect(await deliver({ platformWorks: true })).toMatchObject({ failed: 1, unanswered: 0 })
  expect(await queue.waiting()).toMatchObject([{ rejections: 1 }])
})

test('no further half is sent after the platform has stopped answering', async () => {
  await queue.add(...someEvents(16))
  platform.answer(() => HttpResponse.error())
  platform.answer(() => new HttpResponse(null, { status: 413 }), { once: true })
  expect(await deliver()).toMatchObject({ delivered: 0, failed: 16, unanswered: 16 })
  expect(platform.requests).toHaveLength(2)
  expect(await queue.waiting()).toHaveLength(16)
})

test('all halves together share the timeout of one request', async () => {
  await queue.add(...someEvents(64))
  platform.answer(async () => {
    await sleep(150)
    return new HttpResponse(null, { status: 413 })
  })
  const started = performance.now()
  const delivery = await deliver({ timeoutMs: 500 })
  expect(performance.now() - started).toBeLessThan(scaleByLoad(4_000))
  expect(delivery).toMatchObject({ delivered: 0, failed: 64, reason: 'The data platform did not answer in time.' })
  expect(platform.requests.length).toBeLessThanOrEqual(4)
  expect(await queue.waiting()).toHaveLength(64)
})
