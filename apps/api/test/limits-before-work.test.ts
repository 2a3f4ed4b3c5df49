import { connect } from 'node:net'
import { useApi } from '@jumun/test-kit/api'
import { expect, test, vi } from 'vitest'
import { openStream } from '../test-support/event-stream.ts'
import { expectProblem } from '../test-support/expect-problem.ts'
import { newMember, newProduct } from '../test-support/fixtures.ts'
import { freezeClock } from '../test-support/frozen-clock.ts'
import { sendBytes } from '../test-support/send-bytes.ts'
import { call } from '../test-support/transports.ts'

const LIMIT = 5
const KIB = 1_024

const api = useApi({ settings: { RATE_LIMIT_PER_SECOND: String(LIMIT) } })

freezeClock()

const LARGE = `Content-Length: ${256 * KIB}`
const CHUNKED = 'Transfer-Encoding: chunked'
const BATCH = '/trpc/order.place,payment.pay?batch=1'

/** Sends the head of a request without its body, so that an answer can only come from a server that does not wait for the body. */
function sendHead(
  path: string,
  { body = LARGE, token, method = 'POST' }: { body?: string; token?: string; method?: string },
) {
  const authorization = token === undefined ? '' : `Authorization: Bearer ${token}\r\n`
  const head = `${method} ${path} HTTP/1.1\r\nHost: shop.test\r\nContent-Type: application/json\r\n${authorization}${body}\r\n\r\n`
  return sendBytes(api.url, head)
}

/** Uses up all calls of a member. */
async function exhaust(memberId: string, token: string): Promise<void> {
  for (let index = 0; index < LIMIT; index++) {
    await call({ url: api.url, via: 'REST', name: 'point.balance', input: { memberId }, token })
  }
}

test.each(
  ['/api/order', '/api/product', '/trpc/order.place', BATCH].flatMap((path) =>
    [LARGE, CHUNKED].flatMap((body) => [undefined, 'a.b.c'].map((token) => ({ path, body, token }))),
  ),
)('$path with the token $token and $body is refused before its body is read', async ({ path, body, token }) => {
  expectProblem(await sendHead(path, { body, ...(token === undefined ? {} : { token }) }), 'UNAUTHENTICATED')
})

test.each(['/api/nothing', '/nothing', '/trpc/order.nothing', '/docs', '/trpc/product.list'])(
  'a large body without a token is not read for %s either',
  async (path) => {
    for (const body of [LARGE, CHUNKED]) expectProblem(await sendHead(path, { body }), 'PAYLOAD_TOO_LARGE')
  },
)

test.each(['/api/product', '/trpc/product.create'])(
  '%s is refused to a member before its body is read',
  async (path) => {
    expectProblem(await sendHead(path, { token: await api.token('mina') }), 'FORBIDDEN')
  },
)

test.each(['/api/order', '/trpc/order.place', BATCH])(
  'above the limit, %s of a member is refused before its body is read, and others are served',
  async (path) => {
    const memberId = await newMember(api)
    const token = await api.token(memberId)
    await exhaust(memberId, token)
    const place = vi.spyOn(api.services.orders, 'place')
    for (const body of [LARGE, CHUNKED]) expectProblem(await sendHead(path, { token, body }), 'TOO_MANY_REQUESTS')
    expect(place).not.toHaveBeenCalled()
    const other = await newMember(api)
    const input = { memberId: other, items: [{ productId: await newProduct(api), quantity: 1 }] }
    const reply = await call({ url: api.url, via: 'tRPC', name: 'order.place', input, token: await api.token(other) })
    expect(reply.answer).toMatchObject({ status: 'PAID' })
  },
)

test('calls refused before their body is read count towards the limit of the address, and are in the metrics', async () => {
  const codes: unknown[] = []
  for (let index = 0; index < LIMIT + 2; index++) codes.push((await sendHead('/api/order/1/cancel', {})).problem?.code)
  expect(codes).toEqual([...Array(LIMIT).fill('UNAUTHENTICATED'), ...Array(2).fill('TOO_MANY_REQUESTS')])
  const metrics = await (await fetch(`${api.url}/metrics`)).text()
  const count = (outcome: string) =>
    new RegExp(`jumun_call_duration_seconds_count{procedure="order.cancel",outcome="${outcome}"} (\\d+)`).exec(
      metrics,
    )?.[1]
  expect(count('UNAUTHENTICATED')).toBe(String(LIMIT))
  expect(count('TOO_MANY_REQUESTS')).toBe('2')
})

test('unknown paths and procedures count towards the limit', async () => {
  const get = async (path: string) => (await fetch(api.url + path)).status
  const paths = ['/api/nothing', '/trpc/order.nothing', '/nothing', '/api/nothing', '/trpc/nothing', '/api/nothing']
  const statuses: number[] = []
  for (const path of paths) statuses.push(await get(path))
  expect(statuses).toEqual([...Array(LIMIT).fill(404), 429])
})

test.each(['mina', undefined])('a stream of %s counts as a call when it starts, at every door', async (memberId) => {
  const token = memberId && (await api.token(memberId))
  const open = (path: string) => openStream(api, path, { token })
  const doors = ['/api/events', '/trpc/live.changes']
  for (let count = 0; count < LIMIT; count++) {
    const { response, cut } = await open(doors[count % 2] ?? expect.unreachable())
    expect(response.status).toBe(200)
    cut()
  }
  for (const door of doors) expect((await open(door)).response.status).toBe(429)
})

test.each(['a declared', 'an unknown'])('a body of %s length counts as a call for every 4 KiB', async (length) => {
  const memberId = await newMember(api)
  const token = await api.token(memberId)
  const body = new Blob([JSON.stringify({ orderId: 'x' }).padEnd(17 * KIB)])
  const response = await fetch(`${api.url}/api/pay`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(length === 'a declared' ? { body } : { body: body.stream(), duplex: 'half' }),
  })
  expect(response.status).toBe(400)
  expect(response.headers.get('ratelimit')).toBe('"calls";r=0;t=1')
})

test('small bodies cost nothing, and a small refused body leaves its connection open', async () => {
  const { hostname, port } = new URL(api.url)
  const socket = connect(Number(port), hostname)
  const request = `POST /api/pay HTTP/1.1\r\nHost: shop.test\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`
  socket.write(request)
  let answers = ''
  for await (const bytes of socket) {
    answers += bytes
    const count = answers.split('HTTP/1.1 401').length - 1
    if (count === 1 && answers.endsWith('}')) socket.write(request)
    if (count === 2 && answers.endsWith('}')) break
  }
  expect(answers.match(/ratelimit: "calls";r=\d/g)).toEqual(['ratelimit: "calls";r=4', 'ratelimit: "calls";r=3'])
})
