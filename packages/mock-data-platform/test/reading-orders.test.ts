import { expect, test } from 'vitest'
import { orderEvent } from '../test-support/sender.ts'
import { createTestPlatform } from '../test-support/targets.ts'

type Page = { items: { orderId: string; version: number; type: string }[]; nextAfter: string | null }

async function readPage(reply: Response): Promise<Page> {
  return (await reply.json()) as Page
}

test.each([1_000, 100, 7])('pages of %i list every order once, sorted by id', async (limit) => {
  const { get, send } = createTestPlatform()
  const sent: string[] = []
  for (let batch = 0; batch < 4; batch += 1) {
    const events = Array.from({ length: 500 }, () => orderEvent())
    await send({ events })
    sent.push(...events.map(({ orderId }) => orderId))
  }
  const listed: string[] = []
  for (let after: string | null = ''; after !== null; ) {
    const page = await readPage(await get(`/v1/orders?limit=${limit}&after=${after}`))
    expect(page.items.length).toBe(Math.min(limit, sent.length - listed.length))
    listed.push(...page.items.map(({ orderId }) => orderId))
    after = page.nextAfter
  }
  expect(listed).toEqual(sent.sort())
})

test('a page has the latest version and type of each order, and 100 orders by default', async () => {
  const { get, send } = createTestPlatform()
  expect(await (await get('/v1/orders')).json()).toEqual({ items: [], nextAfter: null })
  await send({
    events: [
      orderEvent({ orderId: 'a', version: 2, type: 'order.cancelled' }),
      orderEvent({ orderId: 'a' }),
      ...Array.from({ length: 100 }, () => orderEvent()),
    ],
  })
  const page = await readPage(await get('/v1/orders'))
  expect(page.items).toHaveLength(100)
  const { items } = await readPage(await get('/v1/orders?limit=1000'))
  expect(items).toContainEqual({ orderId: 'a', version: 2, type: 'order.cancelled' })
})

test.each(['limit=0', 'limit=1001', 'limit=1.5', 'limit=all', 'limit=', 'page=2', `after=${'x'.repeat(256)}`])(
  'a page with the query %s is refused',
  async (query) => {
    const { get } = createTestPlatform()
    expect((await get(`/v1/orders?${query}`)).status).toBe(400)
  },
)

test('an order without events is not found', async () => {
  const { get } = createTestPlatform()
  const reply = await get('/v1/orders/unknown')
  expect(reply.status).toBe(404)
  expect(reply.headers.get('content-type')).toBe('application/problem+json')
})

test.each(['/', '/v1', '/v1/orders/', '/v1/orders/a/b', '/__proto__', '/v1/orders/%00', '/v1/orders/%'])(
  '%s is not found',
  async (path) => {
    const { get } = createTestPlatform()
    expect((await get(path)).status).toBe(404)
  },
)

test.each([
  ['DELETE', '/v1/orders', 'GET, POST'],
  ['POST', '/v1/stats', 'GET'],
  ['constructor', '/v1/stats', 'GET'],
  ['POST', '/v1/orders/a', 'GET'],
  ['POST', '/faults', 'GET, PUT, DELETE'],
])('%s %s is refused with the allowed methods', async (method, path, allow) => {
  const { fetch, url } = createTestPlatform()
  const reply = await fetch(new Request(url + path, { method }))
  expect(reply.status).toBe(405)
  expect(reply.headers.get('allow')).toBe(allow)
})
