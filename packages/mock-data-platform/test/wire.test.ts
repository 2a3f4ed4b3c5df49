import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { listenOnLoopback } from '@jumun/test-kit/loopback'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createListener } from '../src/listener.ts'
import { type RunningPlatform, startMockDataPlatform } from '../src/start.ts'
import { fetchStats, orderEvent, SECRET, signedPost } from '../test-support/sender.ts'

let platform: RunningPlatform

beforeEach(async () => {
  platform = await startMockDataPlatform({ host: '127.0.0.1', port: 0, secret: SECRET, storageFile: ':memory:' })
})

afterEach(() => platform.stop())

/** Writes bytes to the socket and returns the first line of the reply. */
async function write(bytes: string): Promise<string> {
  const socket = connect(Number(new URL(platform.url).port), '127.0.0.1')
  socket.end(bytes)
  return (await text(socket)).split('\r\n')[0] ?? ''
}

test.each([
  ['TRACE /v1/orders', '400 Bad Request'],
  ['GET *', '404 Not Found'],
  ['GET //v1/orders', '404 Not Found'],
  ['GET http://elsewhere/v1/stats', '404 Not Found'],
  ['HEAD /v1/stats', '405 Method Not Allowed'],
  ['LOST /v1/stats', '400 Bad Request'],
])('the reply to %s is %s', async (line, status) => {
  expect(await write(`${line} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`)).toBe(`HTTP/1.1 ${status}`)
  expect(await fetchStats(platform.url)).toMatchObject({ events: 0 })
})

test('a client may leave in the middle of its body', async () => {
  const head = 'POST /v1/orders HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n'
  const socket = connect(Number(new URL(platform.url).port), '127.0.0.1')
  await once(socket, 'connect')
  socket.write(`${head}{"events":`)
  await fetchStats(platform.url)
  socket.destroy()
  await once(socket, 'close')
  expect(await fetchStats(platform.url)).toMatchObject({ events: 0, badSignatures: 0 })
})

test('a client that sends all of a body far over the limit receives the 413', async () => {
  const head = 'POST /v1/orders HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\nconnection: close\r\n'
  const body = ' '.repeat(64 * 1024 * 1024)
  expect(await write(`${head}content-length: ${body.length}\r\n\r\n${body}`)).toBe('HTTP/1.1 413 Payload Too Large')
})

test('an internal error is a 500, and its message is written to stderr only', async () => {
  const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  const fetchFails = async () => {
    throw new Error('disk is full')
  }
  const { url, close } = await listenOnLoopback(createServer(createListener({ fetch: fetchFails })))
  const reply = await fetch(`${url}/v1/stats`)
  expect(reply.status).toBe(500)
  expect(await reply.text()).not.toContain('disk')
  expect(stderr.mock.calls).toEqual([['mock data platform: GET http://localhost/v1/stats: Error: disk is full\n']])
  stderr.mockRestore()
  await close()
})

test('the signal of a request aborts when its client leaves', async () => {
  const received = Promise.withResolvers<Request>()
  const fetchHangs = (request: Request) => {
    received.resolve(request)
    return new Promise<Response>(() => {})
  }
  const { url, close } = await listenOnLoopback(createServer(createListener({ fetch: fetchHangs })))
  const client = new AbortController()
  const reply = fetch(url, { signal: client.signal })
  const { signal } = await received.promise
  expect(signal.aborted).toBe(false)
  client.abort()
  await expect(reply).rejects.toThrow('abort')
  await expect.poll(() => signal.aborted).toBe(true)
  await close()
})

test('stopping does not wait for the latency of a request whose client has left', async () => {
  await fetch(`${platform.url}/faults`, { method: 'PUT', body: '{"latencyMs":600000}' })
  const order = signedPost(platform.url, { events: [orderEvent()] })
  await expect(fetch(order, { signal: AbortSignal.timeout(200) })).rejects.toThrow('timeout')
  await platform.stop()
})

test('a failed start closes its storage', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'mock-data-platform-'))
  const storageFile = join(directory, 'storage.sqlite')
  const port = Number(new URL(platform.url).port)
  const start = startMockDataPlatform({ host: '127.0.0.1', port, secret: SECRET, storageFile })
  await expect(start).rejects.toMatchObject({ code: 'EADDRINUSE' })
  // SQLite removes its write-ahead log when the last connection closes.
  expect(await readdir(directory)).toEqual(['storage.sqlite'])
  await rm(directory, { recursive: true })
})

test('stopping twice at the same time works', async () => {
  await Promise.all([platform.stop(), platform.stop()])
  await expect(fetch(platform.url)).rejects.toThrow('fetch failed')
})
