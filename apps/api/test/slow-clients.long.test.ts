import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { useApi } from '@jumun/test-kit/api'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { median, percentile } from '@jumun/test-kit/quantiles'
import { afterEach, expect, test, vi } from 'vitest'

// Generous, because the machine may be busy.
vi.setConfig({ testTimeout: 120_000 })

const api = useApi()

const SLOW_CLIENTS = 2_000
const CONNECT_AT_ONCE = 100

const WRITE_INTERVAL_MS = 500

/** The request timeout of 15 seconds, and time for the check that enforces it. */
const CLOSED_WITHIN_MS = 28_000

/** Beginnings of requests that keep a connection open as long as the server allows. */
const PARTIAL_REQUESTS = {
  'send nothing': '',
  'never end the request line': 'GET /api/pro',
  'never end the headers': 'GET /api/product HTTP/1.1\r\nHost: shop.test\r\nX-Slow: ',
  'never end the body':
    'POST /api/pay HTTP/1.1\r\nHost: shop.test\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n{"a":"',
}

const slowClients: Socket[] = []
afterEach(() => {
  for (const socket of slowClients.splice(0)) socket.destroy()
})

/** Connects this many clients for each partial request. */
async function connectSlowClients(countOfEach: number): Promise<void> {
  const { hostname, port } = new URL(api.url)
  const texts = Array.from({ length: countOfEach }, () => Object.values(PARTIAL_REQUESTS)).flat()
  for (let begin = 0; begin < texts.length; begin += CONNECT_AT_ONCE) {
    const connecting = texts.slice(begin, begin + CONNECT_AT_ONCE).map(async (text) => {
      const socket = connect(Number(port), hostname).on('error', () => {})
      slowClients.push(socket)
      await once(socket, 'connect')
      socket.write(text)
    })
    await Promise.all(connecting)
  }
}

/** Makes calls one after the other, and returns their durations in milliseconds. */
async function timeCalls(count: number, token: string): Promise<number[]> {
  const times: number[] = []
  for (let index = 0; index < count; index++) {
    const started = performance.now()
    const response = await fetch(`${api.url}/api/point/mina`, { headers: { authorization: `Bearer ${token}` } })
    await response.text()
    expect(response.status).toBe(200)
    times.push(performance.now() - started)
  }
  return times
}

const ROUNDS = 5
const CALLS_PER_ROUND = 100

test('2,000 clients that send nothing, or an incomplete request, do not slow down the calls of others', async () => {
  const token = await api.token('mina')
  await timeCalls(CALLS_PER_ROUND, token)
  const alone: number[] = []
  const withSlowClients: number[] = []
  // Alternating rounds, because the load of the machine changes during the test.
  for (let round = 0; round < ROUNDS; round++) {
    alone.push(percentile(await timeCalls(CALLS_PER_ROUND, token), 0.99))
    await connectSlowClients(SLOW_CLIENTS / Object.keys(PARTIAL_REQUESTS).length)
    withSlowClients.push(percentile(await timeCalls(CALLS_PER_ROUND, token), 0.99))
    for (const socket of slowClients.splice(0)) socket.destroy()
  }
  // The best round, because other load may disturb some rounds. Both sides are measured under the same load.
  expect(Math.min(...withSlowClients)).toBeLessThan(scaleByLoad(2 * median(alone)))
})

test('the server closes connections that send an incomplete request within seconds, also when they send a byte now and then', async () => {
  await connectSlowClients(10)
  const started = performance.now()
  const writing = slowClients.filter((_, index) => index % Object.keys(PARTIAL_REQUESTS).length > 0)
  const timer = setInterval(() => {
    for (const socket of writing) if (socket.writable) socket.write('x')
  }, WRITE_INTERVAL_MS)
  await Promise.all(slowClients.map((socket) => once(socket.resume(), 'close')))
  clearInterval(timer)
  expect(performance.now() - started).toBeLessThan(scaleByLoad(CLOSED_WITHIN_MS))
})
