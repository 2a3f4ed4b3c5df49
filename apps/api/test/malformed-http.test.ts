import { once } from 'node:events'
import { connect } from 'node:net'
import { useApi } from '@jumun/test-kit/api'
import { expect, test } from 'vitest'
import { expectProblem } from '../test-support/expect-problem.ts'
import { sendBytes } from '../test-support/send-bytes.ts'

const api = useApi()

const HOST = 'Host: shop.test'

test.each([
  ['text that is not HTTP', 'hello\r\n\r\n'],
  ['an unknown method', `ORDER /api/order HTTP/1.1\r\n${HOST}\r\n\r\n`],
  ['a NUL byte in a header', `GET /api/product HTTP/1.1\r\n${HOST}\r\nIdempotency-Key: a\0b\r\n\r\n`],
  ['a header without a name', `GET /api/product HTTP/1.1\r\n${HOST}\r\n: x\r\n\r\n`],
  ['a negative length', `POST /api/order HTTP/1.1\r\n${HOST}\r\nContent-Length: -1\r\n\r\n`],
  [
    'a Content-Length beside Transfer-Encoding, of which a proxy may use the other',
    `POST /api/order HTTP/1.1\r\n${HOST}\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}`,
  ],
  ['a chunk without a size', `POST /api/order HTTP/1.1\r\n${HOST}\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n`],
])('%s is answered with BAD_REQUEST, and the connection is closed', async (_, bytes) => {
  expectProblem(await sendBytes(api.url, bytes), 'BAD_REQUEST')
})

test.each([
  ['of the same key', 'Idempotency-Key: a\r\nIdempotency-Key: a'],
  ['of different keys', 'Idempotency-Key: a\r\nidempotency-key: b'],
])('two Idempotency-Key headers %s are a bad request', async (_, keys) => {
  const body = '{"memberId":"mina","amount":1}'
  const token = `Authorization: Bearer ${await api.token('operator', 'admin')}`
  const head = `PATCH /api/point/charge HTTP/1.1\r\n${HOST}\r\n${token}\r\nContent-Type: application/json\r\nConnection: close`
  const reply = await sendBytes(api.url, `${head}\r\nContent-Length: ${body.length}\r\n${keys}\r\n\r\n${body}`)
  expectProblem(reply, 'BAD_REQUEST')
  expect(reply.problem).toMatchObject({ issues: [{ path: ['idempotencyKey'] }] })
  expect(await api.shop.balance('mina')).toBe(0)
})

test('headers above the size limit are answered with PAYLOAD_TOO_LARGE', async () => {
  const cookie = `Cookie: ${'x'.repeat(40_000)}`
  expectProblem(
    await sendBytes(api.url, `GET /api/product HTTP/1.1\r\n${HOST}\r\n${cookie}\r\n\r\n`),
    'PAYLOAD_TOO_LARGE',
  )
})

test('clients that disconnect in the middle of a request do not affect others', async () => {
  const { hostname, port } = new URL(api.url)
  for (const bytes of [
    '',
    'GET /api',
    `POST /api/order HTTP/1.1\r\n${HOST}\r\nContent-Length: 100\r\n\r\n{"memberId"`,
  ]) {
    const socket = connect(Number(port), hostname)
    await once(socket, 'connect')
    socket.write(bytes)
    socket.resetAndDestroy()
  }
  expect((await fetch(`${api.url}/api/product`)).status).toBe(200)
})
