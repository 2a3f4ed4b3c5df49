import { useShop } from '@jumun/test-kit/domain-shop'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { HttpResponse } from 'msw'
import { expect, onTestFinished, test, vi } from 'vitest'
import { deliverBatch } from '../../src/delivery/deliver-batch.ts'
import { DEAD_LETTERS, OUTBOX } from '../../src/delivery/outbox.ts'
import { REJECTIONS_MAX } from '../../src/delivery/retry-events.ts'
import { useDataPlatform } from './support/data-platform.ts'
import { anEvent, someEvents, useEventQueue } from './support/events.ts'

const shop = useShop()
const queue = useEventQueue(shop)
const platform = useDataPlatform()

const deliver = (options: { platformWorks?: boolean } = {}) =>
  deliverBatch({ em: shop.em, platform: { ...platform, timeoutMs: scaleByLoad(2_000) }, ...options })

test('only the rejected event of a batch is retried', async () => {
  const [bad, ...good] = await queue.add(anEvent({ orderId: 'bad' }), ...someEvents(9))
  await platform.setFaults({ rejectOrderIds: ['bad'] })
  const reason = 'This fault was asked for: see /faults.'
  expect(await deliver()).toEqual({ delivered: 9, failed: 1, unanswered: 0, deadLettered: 0, reason })
  for (const { orderId } of good) expect(platform.storage.findOrder(orderId)).toBeDefined()
  const waiting = await queue.waiting()
  expect(waiting).toMatchObject([{ data: { id: bad?.id }, state: 'retry', output: { reason, rejections: 1 } }])

  await queue.makeDue()
  await platform.recover()
  expect(await deliver()).toMatchObject({ delivered: 1, failed: 0 })
  expect(platform.requests.at(-1)?.ids).toEqual([bad?.id])
})

test('an event that is rejected too often becomes a dead letter with its reason, and the others are delivered', async () => {
  const [bad] = await queue.add(anEvent({ orderId: 'bad' }))
  await platform.setFaults({ rejectOrderIds: ['bad'] })
  for (let rejections = 1; rejections < REJECTIONS_MAX; rejections++) {
    await queue.makeDue()
    await deliver()
    expect(await queue.waiting()).toMatchObject([{ output: { rejections } }])
  }
  const [good] = await queue.add(anEvent())
  await queue.makeDue()
  expect(await deliver()).toMatchObject({ delivered: 1, failed: 1, unanswered: 0, deadLettered: 1 })
  expect(await queue.waiting()).toEqual([])
  expect(platform.storage.findOrder(good?.orderId ?? '')).toBeDefined()
  const rejection = 'This fault was asked for: see /faults.'
  expect(await queue.deadLetters()).toMatchObject([{ id: bad?.id, data: { ...bad, rejection } }])
})

test('a replayed dead letter is delivered with its original id and without its rejection', async () => {
  const event = anEvent()
  await shop.outbox.insert(DEAD_LETTERS, [{ id: event.id, data: { ...event, rejection: 'No.' } }])
  expect(await shop.outbox.redrive(DEAD_LETTERS, { destination: OUTBOX })).toBe(1)
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
  await queue.add(anEvent({ orderId: 'bad' }))
  await platform.setFaults({ rejectOrderIds: ['bad'] })
  await deliver()
  platform.answer(() => HttpResponse.error(), { once: true })
  await queue.makeDue()
  await deliver()
  await queue.makeDue()
  await deliver()
  expect(await queue.waiting()).toMatchObject([{ output: { rejections: 2 } }])
})

test('reasons that the database cannot store are cleaned, and the events are retried', async () => {
  const events = await queue.add(...someEvents(4))
  const reasons = ['\0', '\ud800 half a pair', 'x'.repeat(50_000), `${'x'.repeat(199)}😀`]
  const rejected = events.map(({ id }, index) => ({ id, reason: reasons[index] }))
  const answer = JSON.stringify({ accepted: [], duplicates: [], rejected })
  platform.answer(() => new HttpResponse(answer))
  expect(await deliver()).toMatchObject({ delivered: 0, failed: 4, unanswered: 0 })
  const waiting = await queue.waiting()
  expect(waiting.map(({ output }) => output)).toEqual([
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

test('an event that waits twice, as after an unnecessary replay, becomes two dead letters', async () => {
  const event = anEvent({ orderId: 'bad' })
  await queue.add(event)
  await shop.outbox.insert(OUTBOX, [{ data: event }])
  await platform.setFaults({ rejectOrderIds: ['bad'] })
  for (let rejections = 0; rejections < REJECTIONS_MAX; rejections++) {
    await queue.makeDue()
    await deliver()
  }
  expect(await queue.waiting()).toEqual([])
  expect(await queue.deadLetters()).toMatchObject([{ data: event }, { data: event }])
})

test('events that are rejected with many different reasons are released in a few statements', async () => {
  const events = await queue.add(...someEvents(500))
  const fail = vi.spyOn('fail')
  onTestFinished(() => fail.mockRestore())
  const reject = (reasonOf: (id: string, index: number) => string) => {
    const rejected = events.map(({ id }, index) => ({ id, reason: reasonOf(id, index) }))
    platform.answer(() => HttpResponse.json({ accepted: [], duplicates: [], rejected }))
    return deliver()
  }
  expect(await reject((_, index) => `Reason ${index % 15}.`)).toMatchObject({ failed: 500, unanswered: 0 })
  expect(fail).toHaveBeenCalledTimes(15)
  expect((await queue.waiting())[16]).toMatchObject({ output: { reason: 'Reason 1.', rejections: 1 } })
  fail.mockClear()
  await queue.makeDue()
  expect(await reject((id) => id)).toMatchObject({ failed: 500, unanswered: 0 })
  expect(fail).toHaveBeenCalledTimes(1)
  const outputs = new Set((await queue.waiting()).map(({ output }) => JSON.stringify(output)))
  expect([...outputs]).toEqual(['{"reason":"One of many reasons that came at once.","rejections":2}'])
})
