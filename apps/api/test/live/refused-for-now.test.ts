import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { DomainError } from '@jumun/domain'
import { startTestApi, useApi } from '@jumun/test-kit/api'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { openStream } from '../../test-support/event-stream.ts'
import { newMember } from '../../test-support/fixtures.ts'
import { lockRows } from '../../test-support/lock-rows.ts'
import { recordReceivedRequests } from '../../test-support/received-requests.ts'

// A browser's EventSource never comes back after an error status.

const api = useApi()

afterEach(() => void vi.restoreAllMocks())

const RETRY = /^retry: (\d+)$/m

/** The delays before readers come back, of answers that are streams which end at once. */
function retriesOf(answers: string[]): number[] {
  return answers.map((answer) => Number(RETRY.exec(answer)?.[1]))
}

test('a stream that cannot be served now is a stream that ends at once and says when to come back', async () => {
  const refusal = new DomainError('UNAVAILABLE', 'The database is away.', { retryAfterSeconds: 1 })
  vi.spyOn(api.services.live, 'open').mockRejectedValue(refusal)
  for (const path of ['/api/events', '/trpc/live.changes']) {
    const response = await fetch(api.url + path)
    expect([path, response.status]).toEqual([path, 200])
    const [retry] = retriesOf([await response.text()])
    expect(retry).toBeGreaterThanOrEqual(500)
    expect(retry).toBeLessThanOrEqual(3_000)
  }
})

test('HEAD for a stream that cannot be served now does not end the process', async () => {
  const refusal = new DomainError('UNAVAILABLE', 'The database is away.', { retryAfterSeconds: 1 })
  vi.spyOn(api.services.live, 'open').mockRejectedValue(refusal)
  const uncaught = vi.fn()
  process.once('uncaughtException', uncaught)
  onTestFinished(() => void process.off('uncaughtException', uncaught))
  const response = await fetch(`${api.url}/api/events`, { method: 'HEAD' })
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8'])
  expect(uncaught).not.toHaveBeenCalled()
})

test('a stream that is asked for while the process stops ends at once and says when to come back, and is no 503', async () => {
  const other = await startTestApi(api.databaseUrl)
  const memberId = await newMember(other, 5)
  const token = await other.token(memberId)
  const lock = await lockRows(other, 'point_account', 'member_id', [memberId])
  const { hostname, port } = new URL(other.url)
  const body = JSON.stringify({ memberId, amount: 1 })
  const charge =
    `PATCH /api/point/use HTTP/1.1\r\nHost: shop.test\r\nAuthorization: Bearer ${token}\r\n` +
    `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  // A connection that has a running call stays open while the process stops.
  const requests = recordReceivedRequests()
  const lines = ['GET /api/events', 'GET /trpc/live.changes', 'HEAD /api/events']
  const sockets = lines.map(() => connect(Number(port), hostname))
  for (const socket of sockets) {
    await once(socket, 'connect')
    socket.write(charge)
  }
  await requests.until(sockets.length)
  await lock.untilBlocked()
  const closing = other.close()
  const expectClosed = () => expect(fetch(`${other.url}/api/product`)).rejects.toThrow('fetch failed')
  await vi.waitFor(expectClosed, { timeout: scaleByLoad(5_000), interval: 20 })
  lines.forEach((line, index) => void sockets[index]?.write(`${line} HTTP/1.1\r\nHost: shop.test\r\n\r\n`))
  await requests.until(2 * sockets.length)
  await lock.release()
  const answers = await Promise.all(sockets.map(async (socket) => (await text(socket)).split('HTTP/1.1 ').at(-1) ?? ''))
  for (const answer of answers) expect(answer).toMatch(/^200 .*connection: close.*text\/event-stream/is)
  for (const retry of retriesOf(answers.slice(0, 2))) expect(retry).toBeGreaterThanOrEqual(500)
  expect(answers[0]).toContain('{"reason":"DRAINING"}')
  await closing
})

test('readers come back at different times after the process has stopped', async () => {
  const other = await startTestApi(api.databaseUrl)
  const streams = await Promise.all(Array.from({ length: 8 }, () => openStream(other, '/api/events')))
  for (const stream of streams) await stream.next({ beats: true })
  const closed = other.close()
  const retries = await Promise.all(streams.map(async (stream) => (await stream.next())?.retry))
  expect(new Set(retries).size).toBeGreaterThan(1)
  await closed
})
