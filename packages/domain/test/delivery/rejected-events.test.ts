import { useShop } from '@jumun/test-kit/domain-shop'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { HttpResponse } from 'msw'
import { expect, test } from 'vitest'
import { transactionTime } from '../../src/database/transaction.ts'
import { deliverBatch } from '../../src/delivery/deliver-batch.ts'
import { REJECTIONS_MAX } from '../../src/delivery/record-outcomes.ts'
import { replayEvents } from '../../src/delivery/replay-events.ts'
import { useDataPlatform } from './support/data-platform.ts'
import { anEvent, BAD, someEvents, useEventQueue } from './support/events.ts'

const shop = useShop()
const queue = useEventQueue(shop)
const platform = useDataPlatform()

const deliver = (options: { platformWorks?: boolean } = {}) =>
  deliverBatch({ em: shop.em, platform: { ...platform, timeoutMs: scaleByLoad(2_000) }, ...options })

test('only the rejected event of a batch is retried', async () => {
  const [bad, ...good] = await queue.add(anEvent({ orderId: BAD }), ...someEvents(9))
  await platform.setFaults({ rejectOrderIds: [BAD] })
  const reason = 'This fault was asked for: see /faults.'
  expect(await deliver()).toEqual({ delivered: 9, failed: 1, unanswered: 0, deadLettered: 0, reason })
  for (const { orderId } of good) expect(platform.storage.findOrder(orderId)).toBeDefined()
  const waiting = await queue.waiting()
  expect(waiting).toMatchObject([{ data: { id: bad?.id }, state: 'retry', reason, rejections: 1 }])

  await queue.makeDue()
  await platform.recover()
  expect(await deliver()).toMatchObject({ delivered: 1, failed: 0 })
  expect(platform.requests.at(-1)?.ids).toEqual([bad?.id])
})

test('an event that is rejected too often becomes a dead letter with its reason, and the others are delivered', async () => {
  const [bad] = await queue.add(anEvent({ orderId: BAD }))
  await platform.setFaults({ rejectOrderIds: [BAD] })
  for (let rejections = 1; rejections < REJECTIONS_MAX; rejections++) {
    await queue.makeDue()
    await deliver()
    expect(await queue.waiting()).toMatchObject([{ rejections }])
  }
  const [good] = await queue.add(anEvent())
  await queue.makeDue()
  expect(await deliver()).toMatchObject({ delivered: 1, failed: 1, unanswered: 0, deadLettered: 1 })
  expect(await queue.waiting()).toEqual([])
  expect(platform.storage.findOrder(good?.orderId ?? '')).toBeDefined()
  const reason = 'This fault was asked for: see /faults.'
  expect(await queue.deadLetters()).toMatchObject([{ id: bad?.id, data: bad, reason }])
})

test('a replayed dead letter is delivered with its original id and without its rejection', async () => {
  const event = anEvent()
  await queue.addDead(event)
  expect(await replayEvents(shop.em, { ids: [event.id] })).toEqual({ replayed: 1, remaining: 0 })
  expect(await deliver()).toMatchObject({ delivered: 1 })
  expect(platform.requests.at(-1)?.events).toEqual([event])
  expect(await queue.waiting()).toEqual([])
  expect(await queue.deadLetters()).toEqual([])
})

test('an outage of any length does not count as a rejection', async () => {
  await queue.add(...someEvents(3))
  platform.answer(() => new HttpResponse(null, { status: 500 }))
  for (let attempt = 0; attempt < REJECTIONS_MAX * 2; attempt++) {
    await queue.makeDue()
    expect(await deliver({ platformWorks: true })).toMatchObject({ failed: 3, unanswered: 3 })
  }
  await platform.recover()
  await queue.makeDue()
  expect(await deliver()).toMatchObject({ delivered: 3 })
})

test('an outage between two rejections does not reset their count', async () => {
  await queue.add(anEvent({ orderId: BAD }))
  await platform.setFaults({ rejectOrderIds: [BAD] })
  await deliver()
  platform.answer(() => HttpResponse.error(), { once: true })
  await queue.makeDue()
  await deliver()
  await queue.makeDue()
  await deliver()
  expect(await queue.waiting()).toMatchObject([{ rejections: 2 }])
})

test('reasons that the database cannot store are cleaned, and the events are retried', async () => {
  const events = await queue.add(...someEvents(4))
  const reasons = ['\0', '\ud800 half a pair', 'x'.repeat(50_000), `${'x'.repeat(199)}😀`]
  const rejected = events.map(({ id }, index) => ({ id, reason: reasons[index] }))
  const answer = JSON.stringify({ accepted: [], duplicates: [], rejected })
  platform.answer(() => new HttpResponse(answer))
  expect(await deliver()).toMatchObject({ delivered: 0, failed: 4, unanswered: 0 })
  const waiting = await queue.waiting()
  expect(waiting.map(({ reason, rejections }) => ({ reason, rejections }))).toEqual([
    { reason: '\ufffd', rejections: 1 },
    { reason: '\ufffd half a pair', rejections: 1 },
    { reason: 'x'.repeat(200), rejections: 1 },
    { reason: `${'x'.repeat(199)}\ufffd`, rejections: 1 },
  ])
})

test('an event that the answer lists as both accepted and rejected is sent again', async () => {
  const [event] = await queue.add(anEvent())
  const rejected = [{ id: event?.id, reason: 'No.' }]
  platform.answer(() => HttpResponse.json({ accepted: [event?.id], duplicates: [], rejected }))
  expect(await deliver()).toMatchObject({ delivered: 0, failed: 1 })
  expect(await queue.waiting()).toHaveLength(1)
})

test('an event that waits twice, as after an unnecessary replay, becomes one dead letter', async () => {
  const event = anEvent({ orderId: BAD })
  await queue.add(event, event)
  await platform.setFaults({ rejectOrderIds: [BAD] })
  for (let rejections = 0; rejections < REJECTIONS_MAX; rejections++) {
    await queue.makeDue()
    await deliver()
  }
  expect(await queue.waiting()).toEqual([])
  expect(await queue.deadLetters()).toMatchObject([{ data: event }])
})

test('events that are rejected with many different reasons are kept in one statement', async () => {
  const events = await queue.add(...someEvents(500))
  const rejected = events.map(({ id }) => ({ id, reason: id }))
  platform.answer(() => HttpResponse.json({ accepted: [], duplicates: [], rejected }))
  expect(await deliver()).toMatchObject({ failed: 500, unanswered: 0 })
  expect((await queue.waiting()).map(({ id, reason, rejections }) => ({ id, reason, rejections }))).toEqual(
    events.map(({ id }) => ({ id, reason: id, rejections: 1 })),
  )
})

test('retries of a rejected event are jittered and 1 to 10 seconds apart', async () => {
  const events = await queue.add(...someEvents(50))
  const rejected = events.map(({ id }) => ({ id, reason: 'No.' }))
  platform.answer(() => HttpResponse.json({ accepted: [], duplicates: [], rejected }))
  const clock = async () => (await transactionTime(shop.em)).getTime()
  for (let attempt = 1; attempt < 7; attempt++) {
    // The server computes each delay between the two readings of its clock. A batch takes half of its limit from the retries.
    const before = await clock()
    expect(await deliver()).toMatchObject({ failed: 50 })
    const after = await clock()
    const dueTimes = (await queue.waiting()).map(({ dueAt }) => dueAt ?? Number.NaN)
    expect(new Set(dueTimes).size).toBeGreaterThan(25)
    expect(Math.min(...dueTimes) - before).toBeGreaterThanOrEqual(999)
    expect(Math.max(...dueTimes) - after).toBeLessThanOrEqual(10_000)
    await queue.makeDue()
  }
})
