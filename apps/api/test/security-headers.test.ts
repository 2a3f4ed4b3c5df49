import { useApi } from '@jumun/test-kit/api'
import { expect, test } from 'vitest'
import { sendBytes } from '../test-support/send-bytes.ts'

const api = useApi()

/** One request for each way in which a response is made. */
const requests: [what: string, path: string, init?: RequestInit][] = [
  ['an answer of tRPC', '/trpc/product.list?input={}'],
  ['a response to a batch', '/trpc/product.list,product.list?batch=1&input={"0":{},"1":{}}'],
  ['a stream', '/trpc/product.list?batch=1&input={"0":{}}', { headers: { 'trpc-accept': 'application/jsonl' } }],
  ['a refusal by a procedure over tRPC', '/trpc/product.byId?input={"productId":9}'],
  ['a refusal before a procedure over tRPC', '/trpc/nothing'],
  [
    'a refused mutation over tRPC',
    '/trpc/cart.clear',
    { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } },
  ],
  ['an answer over REST', '/api/product'],
  ['a refusal over REST', '/api/product/9'],
  ['a refusal without a token', '/api/point/mina'],
  ['a refusal with a bad token', '/api/product', { headers: { authorization: 'Bearer a.b.c' } }],
  [
    'a body that is not JSON',
    '/api/order',
    { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } },
  ],
  ['a body of another type', '/api/order', { method: 'POST', body: 'x', headers: { 'content-type': 'text/plain' } }],
  [
    'a body that is too large',
    '/trpc/order.place',
    { method: 'POST', body: 'x'.repeat(300_000), headers: { 'content-type': 'application/json' } },
  ],
  ['a malformed path', '/api/point/%zz'],
  ['a path that is too long', `/api/point/${'m'.repeat(2_000)}`],
  ['an unknown path', '/nothing'],
  ['an unknown file', '/docs/package.json'],
  ['the document', '/openapi.json'],
  ['the reference', '/docs'],
  ['the reference with a slash', '/docs/'],
  ['the redirect to the reference', '/', { redirect: 'manual' }],
  ['a wrong method', '/api/order', { method: 'PUT' }],
  ['a script of the reference', '/docs/start.js'],
  ['a file of the reference', '/docs/swagger-ui.css'],
  ['the metrics', '/metrics'],
  ['liveness', '/livez'],
  ['readiness', '/readyz'],
]

const PAGES = ['the reference', 'the reference with a slash']

test.each(requests)(
  '%s has headers against framing, content type sniffing, access from other origins and leaking referrers',
  async (what, path, init) => {
    const { headers, ...response } = await fetch(api.url + path, init)
    await response.body?.cancel()
    const policy = headers.get('content-security-policy')
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).toContain(PAGES.includes(what) ? "default-src 'self'" : "default-src 'none'")
    expect(policy).not.toMatch(/unsafe-eval|script-src[^;]*unsafe-inline|\*/)
    expect(Object.fromEntries(headers)).toMatchObject({
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'strict-transport-security': 'max-age=31536000',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    })
    for (const name of ['server', 'x-powered-by']) expect(headers.get(name)).toBeNull()
  },
)

test('a response to text that is not HTTP has the same headers', async () => {
  const { headers } = await sendBytes(api.url, 'hello\r\n\r\n')
  expect(headers.get('content-security-policy')).toBe("default-src 'none';frame-ancestors 'none'")
  expect(headers.get('x-content-type-options')).toBe('nosniff')
})

test.each(requests.filter(([, path]) => /^.(api|trpc)/.test(path)))('%s may not be cached', async (_, path, init) => {
  const response = await fetch(api.url + path, init)
  await response.body?.cancel()
  expect(response.headers.get('cache-control')).toBe('no-store')
})

const ORIGINS = ['https://evil.test', 'null', 'http://127.0.0.1:3000']

test.each(ORIGINS.flatMap((origin) => requests.map(([what, path, init]) => ({ origin, what, path, init }))))(
  'scripts of $origin may not read $what',
  async ({ origin, path, init }) => {
    const response = await fetch(api.url + path, { ...init, headers: { ...init?.headers, origin } })
    await response.body?.cancel()
    expect([...response.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([])
  },
)

test.each(['/api/order', '/trpc/order.place', '/api/point/charge', '/openapi.json', '/metrics'])(
  'a preflight request from another origin to %s is refused',
  async (path) => {
    const response = await fetch(api.url + path, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://evil.test',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    })
    expect(response.ok).toBe(false)
    expect([...response.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([])
  },
)
