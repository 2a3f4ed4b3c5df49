import { useShop } from '@jumun/test-kit/domain-shop'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { HttpResponse, type HttpResponseResolver } from 'msw'
import { expect, test } from 'vitest'
import { deliverBatch } from '../../src/delivery/deliver-batch.ts'
import { useDataPlatform } from './support/data-platform.ts'
import { someEvents, useEventQueue } from './support/events.ts'

const shop = useShop()
const queue = useEventQueue(shop)
const platform = useDataPlatform()

const TIMEOUT_MS = scaleByLoad(300)

function deliver({ secret = platform.secret } = {}) {
  return deliverBatch({ em: shop.em, platform: { url: platform.url, secret, timeoutMs: TIMEOUT_MS } })
}

const sorted = (ids: string[]) => [...ids].sort()

/** Delivers events to a platform that does not accept them, and expects that they are delivered after it has recovered. */
async function expectRetry(reason: string) {
  const events = await queue.add(...someEvents(5))
  expect(await deliver()).toEqual({ delivered: 0, failed: 5, unanswered: 5, deadLettered: 0, reason })
  const waiting = (await queue.waiting()).map(({ id, state, reason, rejections }) => ({
    id,
    state,
    reason,
    rejections,
  }))
  expect(waiting).toEqual(events.map(({ id }) => ({ id, state: 'created', reason, rejections: 0 })))

  await platform.recover()
  await queue.makeDue()
  expect(await deliver()).toEqual({ delivered: 5, failed: 0, unanswered: 0, deadLettered: 0 })
  expect(await queue.waiting()).toEqual([])
  expect(await queue.deadLetters()).toEqual([])
  const [first, second] = platform.requests
  expect(sorted(second?.ids ?? [])).toEqual(sorted(first?.ids ?? []))
}

test('events that the platform accepts leave the outbox', async () => {
  const events = await queue.add(...someEvents(3))
  expect(await deliver()).toEqual({ delivered: 3, failed: 0, unanswered: 0, deadLettered: 0 })
  expect(await queue.waiting()).toEqual([])
  for (const { orderId, id, order } of events)
    expect(platform.storage.findOrder(orderId)).toMatchObject({ version: 1, order, events: [{ id }] })
})

test('an empty outbox causes no request', async () => {
  expect(await deliver()).toEqual({ delivered: 0, failed: 0, unanswered: 0, deadLettered: 0 })
  expect(platform.requests).toEqual([])
})

test.each([500, 502, 503, 429, 404, 204])('events wait while the platform answers %i', async (status) => {
  platform.answer(() => new HttpResponse(null, { status }))
  await expectRetry(`The data platform answered ${status}.`)
})

test.each([301, 302, 303, 307, 308])('a redirect (status %i) is not followed', async (status) => {
  // A request to that address fails the test, because msw has no handler for it.
  platform.answer(() => new HttpResponse(null, { status, headers: { location: 'http://169.254.169.254/latest' } }))
  await expectRetry(`The data platform answered ${status}.`)
})

test('events wait while the platform cannot be reached', async () => {
  platform.answer(() => HttpResponse.error())
  await expectRetry('The data platform could not be reached.')
})

test('events wait while the platform hangs, and the delivery ends at the timeout', async () => {
  await platform.setFaults({ hang: true })
  const started = performance.now()
  await expectRetry('The data platform did not answer in time.')
  expect(performance.now() - started).toBeLessThan(TIMEOUT_MS + scaleByLoad(2_000))
})

test('an answer after the timeout is ignored', async () => {
  await platform.setFaults({ latencyMs: TIMEOUT_MS * 2 })
  await expectRetry('The data platform did not answer in time.')
})

const INVALID_ANSWERS = {
  'not JSON': 'ok',
  'a web page': '<!doctype html><title>Welcome</title>',
  empty: '',
  'truncated JSON': '{"accepted":[],"duplicates":[],"reje',
  null: 'null',
  'a list': '[]',
  'an object without one of the lists': '{"accepted":[],"duplicates":[]}',
  'an object with numbers for ids': '{"accepted":[1,2,3],"duplicates":[],"rejected":[]}',
  'an object with an object for a list': '{"accepted":{},"duplicates":[],"rejected":[]}',
  'an object with a rejection without a reason': '{"accepted":[],"duplicates":[],"rejected":[{"id":"a"}]}',
  'deeply nested lists': `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
}

test.each(Object.entries(INVALID_ANSWERS))('an answer is invalid if its body is %s', async (_, answer) => {
  platform.answer(() => new HttpResponse(answer))
  await expectRetry('The data platform gave an answer that is not one.')
})

test('an event that the answer does not mention is retried, the others are acknowledged', async () => {
  const [first, second] = await queue.add(...someEvents(2))
  platform.answer(accepting((ids) => ids.slice(0, 1)))
  expect(await deliver()).toMatchObject({ delivered: 1, failed: 1, unanswered: 1 })
  const reason = 'The data platform did not mention the event.'
  const [left] = await queue.waiting()
  expect([first?.id, second?.id]).toContain(left?.data.id)
  expect(left).toMatchObject({ state: 'retry', attempts: 1, reason, rejections: 0 })
})

test('unknown and repeated ids in an answer have no effect', async () => {
  await queue.add(...someEvents(2))
  platform.answer(accepting((ids) => [...ids, ...ids, 'no-id', '__proto__', '']))
  expect(await deliver()).toEqual({ delivered: 2, failed: 0, unanswered: 0, deadLettered: 0 })
  expect(await queue.waiting()).toEqual([])
})

test('an answer cannot acknowledge an event that was not in the request', async () => {
  const [absent] = await queue.add(...someEvents(1))
  platform.answer(() =>
    HttpResponse.json({ accepted: [], duplicates: [], rejected: [{ id: absent?.id, reason: 'No.' }] }),
  )
  await deliver()
  await shop.em.execute(`update undelivered_event set due_at = now() + interval '1 hour'`)
  platform.answer(() => HttpResponse.json({ accepted: [absent?.id], duplicates: [], rejected: [] }))
  await queue.add(...someEvents(1))
  expect(await deliver()).toMatchObject({ delivered: 0, failed: 1 })
  expect((await queue.waiting()).map(({ data }) => data.id)).toContain(absent?.id)
})

function accepting(choose: (ids: string[]) => string[]): HttpResponseResolver {
  return async ({ request }) => {
    const { events } = (await request.json()) as { events: { id: string }[] }
    return HttpResponse.json({ accepted: choose(events.map(({ id }) => id)), duplicates: [], rejected: [] })
  }
}
