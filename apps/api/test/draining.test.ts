import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { startTestApi } from '@jumun/test-kit/api'
import { useTestDatabase } from '@jumun/test-kit/test-database'
import { expect, onTestFinished, test } from 'vitest'
import { lockRows } from '../test-support/lock-rows.ts'
import { call } from '../test-support/transports.ts'
import { newMember } from '../test-support/world.ts'

const database = useTestDatabase()

test('a call under way is finished, new ones are refused, and then everything is closed', async () => {
  const api = await startTestApi(database.url)
  const memberId = await newMember(api, 5)
  const token = await api.token(memberId)
  const release = await lockRows(api, 'point_account', 'member_id', [memberId])
  const slow = call({ url: api.url, via: 'REST', name: 'point.use', input: { memberId, amount: 2 }, token })
  await sleep(200)

  let closed = false
  const closing = api.close().then(() => {
    closed = true
  })
  await sleep(100)
  await expect(fetch(`${api.url}/api/product`)).rejects.toThrow('fetch failed')
  expect(closed).toBe(false)

  await release()
  expect((await slow).answer).toEqual({ memberId, balance: 3 })
  await closing
})

test('what comes over a connection that is still open is told to try again, and where the connection ends', async () => {
  const api = await startTestApi(database.url)
  const memberId = await newMember(api, 5)
  const token = await api.token(memberId)
  const release = await lockRows(api, 'point_account', 'member_id', [memberId])

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
  await sleep(200)
  const closing = api.close()
  send('/api/point/use')
  send('/trpc/point.use')
  await sleep(100)
  await release()

  const replies = (await text(socket)).split('HTTP/1.1 ').slice(1)
  expect(replies[0]).toMatch(/^200 /)
  expect(replies[1]).toMatch(/^503 .*connection: close.*retry-after: 1.*"code":"UNAVAILABLE"/is)
  await closing
})

test('callers who never read their answers do not keep the server from closing', async () => {
  const api = await startTestApi(database.url)
  const { hostname, port } = new URL(api.url)
  const socket = connect(Number(port), hostname)
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  socket.write(
    'POST /api/order HTTP/1.1\r\nHost: shop.test\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
  )
  await sleep(100)
  const started = performance.now()
  await api.close()
  expect(performance.now() - started).toBeLessThan(8_000)
})
