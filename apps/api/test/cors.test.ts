import { startTestApi, type TestApi } from '@jumun/test-kit/api'
import { useTestDatabase } from '@jumun/test-kit/test-database'
import { afterAll, beforeAll, expect, test } from 'vitest'

const database = useTestDatabase()

const SHOP = 'https://front.test'
const OTHER = 'http://other.test:8080'
const EXPOSED = ['ratelimit', 'ratelimit-policy', 'retry-after', 'idempotent-replayed', 'x-request-id', 'location']

let some: TestApi
let every: TestApi
beforeAll(async () => {
  some = await startTestApi(database.url, { settings: { CORS_ORIGINS: `${SHOP}, ${OTHER}` } })
  every = await startTestApi(database.url, { settings: { CORS_ORIGINS: '*' } })
})
afterAll(() => Promise.all([some.close(), every.close()]))

function preflight(api: TestApi, path: string, origin: string): Promise<Response> {
  const headers = {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization,content-type,idempotency-key,last-event-id',
  }
  return fetch(api.url + path, { method: 'OPTIONS', headers })
}

function corsHeaders({ headers }: Response): string[] {
  return [...headers.keys()].filter((name) => name.startsWith('access-control-'))
}

const words = (text: string | null) => text?.toLowerCase().split(/, */)

const PATHS = ['/trpc/order.place', '/trpc/order.place,cart.clear?batch=1', '/api/order', '/api/point/charge']

test.each(PATHS)(
  'a preflight to %s from an origin of CORS_ORIGINS is answered with what a call needs',
  async (path) => {
    for (const [api, origin, allowed] of [
      [some, SHOP, SHOP],
      [some, OTHER, OTHER],
      [every, 'https://any.test', '*'],
    ] as const) {
      const response = await preflight(api, path, origin)
      expect(response.status).toBe(204)
      expect(response.headers.get('access-control-allow-origin')).toBe(allowed)
      expect(words(response.headers.get('access-control-allow-headers'))).toEqual(
        expect.arrayContaining(['authorization', 'content-type', 'idempotency-key', 'last-event-id']),
      )
      const methods = ['get', 'post', 'put', 'patch', 'delete']
      expect(words(response.headers.get('access-control-allow-methods'))).toEqual(expect.arrayContaining(methods))
      expect(response.headers.get('access-control-allow-credentials')).toBeNull()
      expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    }
  },
)

const JSON_TYPE = { 'content-type': 'application/json' }
const CALLS: [what: string, path: string, init?: RequestInit][] = [
  ['an answer over REST', '/api/product'],
  ['a problem over REST', '/api/product/9'],
  ['an answer over tRPC', '/trpc/product.list?input={}'],
  ['a problem over tRPC', '/trpc/product.byId?input={"productId":9}'],
  ['a refused mutation over tRPC', '/trpc/cart.clear', { method: 'POST', body: '{}', headers: JSON_TYPE }],
  ['a stream', '/trpc/product.list?batch=1&input={"0":{}}', { headers: { 'trpc-accept': 'application/jsonl' } }],
  ['changes over REST', '/api/events'],
  ['changes over tRPC', '/trpc/live.changes?input={}'],
  ['changes that it may not read', '/trpc/live.changes?input={"topics":["orders"]}'],
  ['a page of changes', '/api/changes'],
  ['a bad token', '/api/product', { headers: { authorization: 'Bearer a.b.c' } }],
  ['a body that is not JSON', '/api/order', { method: 'POST', body: '{', headers: JSON_TYPE }],
  ['a body of another type', '/api/order', { method: 'POST', body: 'x' }],
  ['a body that is too large', '/trpc/order.place', { method: 'POST', body: 'x'.repeat(300_000), headers: JSON_TYPE }],
  ['a wrong method', '/api/order', { method: 'PUT' }],
  ['an unknown path', '/api/nothing'],
]

test.each(CALLS)('scripts of an opened origin can read %s', async (_, path, init) => {
  for (const [api, allowed] of [
    [some, SHOP],
    [every, '*'],
  ] as const) {
    const response = await fetch(api.url + path, { ...init, headers: { ...init?.headers, origin: SHOP } })
    await response.body?.cancel()
    expect(response.headers.get('access-control-allow-origin')).toBe(allowed)
    expect(response.headers.get('access-control-allow-credentials')).toBeNull()
    expect(words(response.headers.get('access-control-expose-headers'))).toEqual(expect.arrayContaining(EXPOSED))
    expect(response.headers.get('cross-origin-resource-policy')).toBe('cross-origin')
    expect(words(response.headers.get('vary'))).toContain('origin')
  }
})

test.each(['https://evil.test', `${SHOP}.evil.test`, 'http://front.test', 'null', `${SHOP}:444`])(
  'CORS_ORIGINS opens nothing for the origin %s',
  async (origin) => {
    for (const path of PATHS) {
      const response = await preflight(some, path, origin)
      expect(response.ok).toBe(false)
      expect(corsHeaders(response)).toEqual([])
    }
    const response = await fetch(`${some.url}/api/product`, { headers: { origin } })
    expect(corsHeaders(response)).toEqual([])
    expect(response.headers.get('cross-origin-resource-policy')).toBe('same-origin')
  },
)

test.each(['/metrics', '/readyz', '/livez', '/docs'])('CORS_ORIGINS does not open %s', async (path) => {
  const response = await fetch(every.url + path, { headers: { origin: SHOP } })
  await response.body?.cancel()
  expect(corsHeaders(response)).toEqual([])
  expect((await preflight(every, path, SHOP)).status).toBe(405)
})
