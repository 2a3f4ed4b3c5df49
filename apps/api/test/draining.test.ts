import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { startTestApi } from '@jumun/test-kit/api'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { useTestDatabase } from '@jumun/test-kit/test-database'
import { expect, onTestFinished, test, vi } from 'vitest'
import { newMember } from '../test-support/fixtures.ts'
import { holdUpdates } from '../test-support/hold-updates.ts'
import { recordReceivedRequests } from '../test-support/received-requests.ts'
import { call } from '../test-support/transports.ts'

const database = useTestDatabase()

/** Waits until the server refuses new connections. */
function untilClosed(url: string): Promise<void> {
  const expectClosed = () => expect(fetch(`${url}/api/product`)).rejects.toThrow('fetch failed')
  return vi.waitFor(expectClosed, { timeout: scaleByLoad(5_000), interval: 20 })
}

test('a process that stops is not ready at first and still serves, so that a load balancer takes it out before any call is refused', async () => {
  const api = await startTestApi(database.url, { settings: { DRAIN_DELAY_SECONDS: '1' } })
  const memberId = await newMember(api, 5)
  const token = await api.token(memberId)
  const readiness = async () => (await fetch(`${api.url}/readyz`)).json()
  expect(await readiness()).toEqual({ status: 'ok' })
  const closing = api.close()
  await expect.poll(readiness, { interval: 20 }).toEqual({ status: 'draining' })
  const served = await fetch(`${api.url}/api/point/${memberId}`, { headers: { authorization: `Bearer ${token}` } })
  expect(served.status).toBe(200)
  expect(served.headers.get('connection')).toBe('close')
  await closing
  await untilClosed(api.url)
})

test('close refuses new connections, finishes the running call and then resolves', async () => {
  const api = await startTestApi(database.url)
  const memberId = await newMember(api, 5)
  const token = await api.token(memberId)
  const held = await holdUpdates(api, 'point_account')
  const slow = call({ url: api.url, via: 'REST', name: 'point.use', input: { memberId, amount: 2 }, token })
  await held.untilHeld()

  let closed = false
  const closing = api.close().then(() => {
    closed = true
  })
  await untilClosed(api.url)
  expect(closed).toBe(false)

  await held.release()
  expect((await slow).answer).toEqual({ memberId, balance: 3 })
  await closing
})

test('while closing, a request on an open connection is answered with 503, Retry-After and Connection: close', async () => {
  const api = await startTestApi(database.url)
  const memberId = await newMember(api, 5)
  const token = await api.token(memberId)
  const held = await holdUpdates(api, 'point_account')

  const { hostname, port } = new URL(api.url)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  const body = JSON.stringify({ memberId, amount: 2 })
  const send = (path: string) =>
    socket.write(
      `PATCH ${path} HTTP/1.1\r\nHost: shop.test\r\nAuthorization: Bearer ${token}\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
  send('/api/point/use')
  await held.untilHeld()
  const closing = api.close()
  await untilClosed(api.url)
  const requests = recordReceivedRequests()
  send('/api/point/use')
  send('/trpc/point.use')
  await requests.until(2)
  await held.release()

  const replies = (await text(socket)).split('HTTP/1.1 ').slice(1)
  expect(replies[0]).toMatch(/^200 /)
  expect(replies[1]).toMatch(/^503 .*connection: close.*retry-after: 1.*"code":"UNAVAILABLE"/is)
  await closing
})

test('a client that never ends its request does not prevent closing', async () => {
  const api = await startTestApi(database.url)
  const requests = recordReceivedRequests()
  const { hostname, port } = new URL(api.url)
  const socket = connect(Number(port), hostname)
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  socket.write(
    'POST /api/order HTTP/1.1\r\nHost: shop.test\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
  )
  await requests.until(1)
  const started = performance.now()
  await api.close()
  expect(performance.now() - started).toBeLessThan(scaleByLoad(8_000))
})
