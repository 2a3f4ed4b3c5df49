import { once } from 'node:events'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { fetchStats, orderEvent, signedPost } from '../test-support/sender.ts'
import { createTestPlatform, TARGETS } from '../test-support/targets.ts'

describe.each(TARGETS)('faults of $by', ({ start }) => {
  let url: string
  let stop: () => Promise<void>

  beforeEach(async () => {
    ;({ url, stop } = await start())
  })

  afterEach(() => stop())

  const setFaults = (faults: unknown) => fetch(`${url}/faults`, { method: 'PUT', body: JSON.stringify(faults) })
  const clearFaults = () => fetch(`${url}/faults`, { method: 'DELETE' })
  const send = (signal?: AbortSignal) =>
    fetch(signedPost(url, { events: [orderEvent()] }), signal ? { signal } : undefined)
  const storedEvents = async () => (await fetchStats(url)).events

  test('without faults an order is stored and returned', async () => {
    const event = orderEvent()
    expect((await fetch(signedPost(url, { events: [event] }))).status).toBe(200)
    expect(await (await fetch(`${url}/v1/orders/${event.orderId}`)).json()).toMatchObject({ version: 1 })
  })

  test('faults are read, replaced and cleared', async () => {
    expect(await (await setFaults({ status: 503, latencyMs: 5 })).json()).toEqual({ status: 503, latencyMs: 5 })
    expect(await (await setFaults({ failRate: 0.5 })).json()).toEqual({ failRate: 0.5 })
    expect(await (await fetch(`${url}/faults`)).json()).toEqual({ failRate: 0.5 })
    expect(await (await clearFaults()).json()).toEqual({})
    expect((await send()).status).toBe(200)
  })

  test('a request with a status fault gets that status and stores nothing', async () => {
    await setFaults({ status: 503 })
    const reply = await send()
    expect(reply.status).toBe(503)
    expect(reply.headers.get('content-type')).toBe('application/problem+json')
    expect(await storedEvents()).toBe(0)
  })

  test('a redirect has its location', async () => {
    await setFaults({ status: 307, location: 'http://127.0.0.1:9/elsewhere' })
    const reply = await send()
    expect(reply.status).toBe(307)
    expect(reply.headers.get('location')).toBe('http://127.0.0.1:9/elsewhere')
    expect(await storedEvents()).toBe(0)
  })

  test('a fail rate fails a share of the requests with 500 and does not store their events', async () => {
    await setFaults({ failRate: 0.5 })
    const statuses = await Promise.all(Array.from({ length: 100 }, async () => (await send()).status))
    expect(new Set(statuses)).toEqual(new Set([200, 500]))
    expect(await storedEvents()).toBe(statuses.filter((status) => status === 200).length)
  })

  test('a fail rate of 0 fails no request, even with a status', async () => {
    await setFaults({ failRate: 0, status: 503 })
    const statuses = await Promise.all(Array.from({ length: 20 }, async () => (await send()).status))
    expect(new Set(statuses)).toEqual(new Set([200]))
  })

  test('latency delays the reply, and a request is processed even if its client has left', async () => {
    const leaveMs = Math.min(5_000, Math.round(scaleByLoad(300)))
    const latencyMs = 2 * leaveMs
    await setFaults({ latencyMs })
    const before = performance.now()
    expect((await send()).status).toBe(200)
    expect(performance.now() - before).toBeGreaterThan(latencyMs - 10)
    await expect(send(AbortSignal.timeout(leaveMs))).rejects.toThrow('timeout')
    expect(await storedEvents()).toBe(1)
    await expect.poll(storedEvents, { timeout: scaleByLoad(5_000) }).toBe(2)
  })

  test('clearing the faults ends a latency', async () => {
    await setFaults({ latencyMs: 600_000 })
    const reply = send()
    await expect(Promise.race([reply, noReply()])).resolves.toBe('no reply')
    await clearFaults()
    expect((await reply).status).toBe(200)
  })

  test('a hanging request gets no reply and stores nothing', async () => {
    await setFaults({ hang: true })
    await expect(send(AbortSignal.timeout(300))).rejects.toThrow('timeout')
    await clearFaults()
    expect(await storedEvents()).toBe(0)
    expect((await send()).status).toBe(200)
  })

  test('clearing the faults closes the connections that hang', async () => {
    await setFaults({ hang: true })
    const reply = send()
    await expect(Promise.race([reply, noReply()])).resolves.toBe('no reply')
    await clearFaults()
    await expect(reply).rejects.toThrow('fetch')
    expect(await storedEvents()).toBe(0)
  })

  test('a dropped reply is a network error after the event was stored', async () => {
    await setFaults({ dropReplies: true })
    const event = orderEvent()
    await expect(fetch(signedPost(url, { events: [event] }))).rejects.toThrow('fetch')
    await clearFaults()
    expect(await (await fetch(signedPost(url, { events: [event] }))).json()).toMatchObject({ duplicates: [event.id] })
  })

  test('a rate of dropped replies drops a share of them', async () => {
    await setFaults({ dropReplies: 0.5 })
    const outcomes = await Promise.allSettled(Array.from({ length: 100 }, () => send()))
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['fulfilled', 'rejected']))
    expect(await storedEvents()).toBe(100)
  })

  test('events of rejected orders are rejected, and others are accepted', async () => {
    const [good, bad] = [orderEvent(), orderEvent()]
    await setFaults({ rejectOrderIds: [bad.orderId] })
    expect(await (await fetch(signedPost(url, { events: [good, bad] }))).json()).toEqual({
      accepted: [good.id],
      duplicates: [],
      rejected: [{ id: bad.id, reason: expect.any(String) }],
    })
    await setFaults({ rejectRate: 1 })
    expect(await (await fetch(signedPost(url, { events: [bad] }))).json()).toMatchObject({ accepted: [] })
    expect(await storedEvents()).toBe(1)
  })

  test('faults affect only requests that deliver events', async () => {
    await setFaults({ status: 500, hang: true, dropReplies: true })
    expect((await fetch(`${url}/v1/stats`)).status).toBe(200)
    expect((await fetch(`${url}/v1/orders`)).status).toBe(200)
  })

  test.each([
    { status: 200 },
    { status: 304 },
    { status: 600 },
    { failRate: -0.1 },
    { failRate: 1.1 },
    { latencyMs: 600_001 },
    { latencyMs: 1.5 },
    { hang: 1 },
    { dropReplies: 2 },
    { location: 'a\r\nset-cookie: b' },
    { delay: 5 },
    [],
    null,
    'nothing',
  ])('faults of %j are refused and change nothing', async (faults) => {
    await setFaults({ failRate: 0 })
    const reply = await setFaults(faults)
    expect(reply.status).toBe(400)
    expect(reply.headers.get('content-type')).toBe('application/problem+json')
    expect(await (await fetch(`${url}/faults`)).json()).toEqual({ failRate: 0 })
  })

  test('a body over 8 MB is refused', async () => {
    const reply = await fetch(signedPost(url, ' '.repeat(8 * 1024 * 1024 + 1)))
    expect(reply.status).toBe(413)
    expect((await fetch(`${url}/v1/stats`)).status).toBe(200)
  })
})

test('a hanging request ends when its client leaves', async () => {
  const { fetch, url } = createTestPlatform()
  await fetch(new Request(`${url}/faults`, { method: 'PUT', body: '{"hang":true}' }))
  const client = new AbortController()
  const reply = fetch(new Request(`${url}/v1/orders`, { method: 'POST', signal: client.signal }))
  await expect(Promise.race([reply, noReply()])).resolves.toBe('no reply')
  client.abort()
  expect((await reply).type).toBe('error')
})

/** Resolves after the time in which a reply without faults would arrive. */
async function noReply(): Promise<string> {
  await once(AbortSignal.timeout(Math.round(scaleByLoad(300))), 'abort')
  return 'no reply'
}
