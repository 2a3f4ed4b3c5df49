import { useApi } from '@jumun/test-kit/api'
import { expect, test } from 'vitest'
import { expectProblem } from '../test-support/expect-problem.ts'
import { newMember, newProduct } from '../test-support/fixtures.ts'
import { sendBytes } from '../test-support/send-bytes.ts'
import { send } from '../test-support/transports.ts'

const api = useApi()

const JSON_TYPE = { 'content-type': 'application/json' }

async function asAdmin(): Promise<Record<string, string>> {
  return { authorization: `Bearer ${await api.token('root', 'admin')}` }
}

/** A path for each call over REST that needs no body, on data that exists. */
async function callsWithoutBody(): Promise<[method: string, path: string][]> {
  const memberId = await newMember(api, 100)
  const productId = await newProduct(api, { price: 1 })
  const order = await api.client(memberId).order.place.mutate({ memberId, items: [{ productId, quantity: 1 }] })
  return [
    ['POST', `/api/order/${order.id}/cancel`],
    ['DELETE', `/api/cart/${productId}?memberId=${memberId}`],
    ['DELETE', `/api/cart?memberId=${memberId}`],
    ['POST', '/api/admin/reconcile'],
    ['DELETE', `/api/product/${productId}`],
  ]
}

test.each([
  ['an empty body', ''],
  ['an empty body of unknown length', new Blob([]).stream()],
  ['no body', undefined],
])('calls that need no body are served with the content type of JSON and %s', async (_, body) => {
  const headers = { ...(await asAdmin()), ...JSON_TYPE }
  for (const [method, path] of await callsWithoutBody()) {
    const content = body instanceof ReadableStream ? { body: new Blob([]).stream(), duplex: 'half' as const } : { body }
    const reply = await send(api.url + path, { method, headers, ...content } as RequestInit)
    expect(reply.status, `${method} ${path}: ${reply.text}`).toBe(200)
  }
})

test.each([
  ['TRACE', '/trpc/product.list', 'GET, HEAD'],
  ['PUT', '/trpc/order.place', 'POST'],
  ['GET', '/trpc/order.place?input={}', 'POST'],
  ['GET', '/trpc/order.place,payment.pay?batch=1&input={"0":{},"1":{}}', 'POST'],
  ['POST', '/trpc/product.list', 'GET, HEAD'],
  ['DELETE', '/trpc/product.list', 'GET, HEAD'],
  ['OPTIONS', '/trpc/order.place', 'POST'],
  ['TRACE', '/api/product', 'GET, HEAD, POST'],
  ['PROPFIND', '/api/product', 'GET, HEAD, POST'],
  ['PUT', '/api/product', 'GET, HEAD, POST'],
  ['DELETE', '/api/order', 'GET, HEAD, POST'],
  ['OPTIONS', '/api/order', 'GET, HEAD, POST'],
  ['POST', '/api/popular/product', 'GET, HEAD'],
  ['PUT', '/api/product/1?x=1', 'DELETE, GET, HEAD, PATCH'],
  ['PATCH', '/api/point/mina', 'GET, HEAD'],
  ['GET', '/api/order/019310a4-6f00-7000-8000-000000000001/cancel', 'POST'],
  ['POST', '/openapi.json', 'GET, HEAD'],
  ['POST', '/docs', 'GET, HEAD'],
  ['DELETE', '/metrics', 'GET, HEAD'],
  ['POST', '/readyz', 'GET, HEAD'],
])('%s %s is METHOD_NOT_ALLOWED, with the methods of the path in Allow', async (method, path, allow) => {
  const length = method === 'POST' || method === 'PUT' ? 'Content-Type: application/json\r\nContent-Length: 2\r\n' : ''
  const body = length === '' ? '' : '{}'
  const reply = await sendBytes(
    api.url,
    `${method} ${path} HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n${length}\r\n${body}`,
  )
  expect(reply.headers.get('allow')).toBe(allow)
  expectProblem(reply, 'METHOD_NOT_ALLOWED')
})

test.each(['POST /trpc/order.place', 'POST /api/order', 'DELETE /api/cart?memberId=mina', 'POST /nothing'])(
  '%s with an encoded body is UNSUPPORTED_MEDIA_TYPE, and Accept-Encoding says what is supported',
  async (request) => {
    const [method = '', path = ''] = request.split(' ')
    for (const encoding of ['gzip', 'br', 'gzip, identity', 'identity, x']) {
      const headers = { ...(await asAdmin()), ...JSON_TYPE, 'content-encoding': encoding }
      const reply = await send(api.url + path, { method, headers, body: '{}' })
      expectProblem(reply, 'UNSUPPORTED_MEDIA_TYPE')
      expect(reply.headers.get('accept-encoding')).toBe('identity')
    }
  },
)

const TARGETS = ['/trpc/product.list?input=%7B%7D', '/api/product', '/docs', '/nothing']
const BAD_HOSTS = [
  'u:p@x',
  'u@x',
  '',
  'a b',
  'a/b',
  'a?b',
  'a#b',
  'a\\b',
  'a:99999',
  '999.999.999.999',
  '[::1',
  'a%00',
  '<x>',
]

test.each(BAD_HOSTS)('a request to the host "%s" is a bad request', async (host) => {
  for (const target of TARGETS) {
    const bytes = `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`
    expectProblem(await sendBytes(api.url, bytes), 'BAD_REQUEST')
  }
})

test.each([
  ['credentials in the URL', 'GET http://u:p@x/trpc/product.list HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
  ['CONNECT', 'CONNECT shop.test:443 HTTP/1.1\r\nHost: shop.test:443\r\n\r\n'],
  ['an If-Match', 'GET /docs/swagger-ui.css HTTP/1.1\r\nHost: x\r\nIf-Match: "x"\r\nConnection: close\r\n\r\n'],
])('%s is a bad request', async (_, bytes) => {
  expectProblem(await sendBytes(api.url, bytes), 'BAD_REQUEST')
})

test.each([
  ['a whole URL', 'http://shop.test/api/product/0', 'x: y'],
  ['a host with a port', '/api/product/0', 'x-host: y'],
  ['an expectation that Node does not know', '/api/product/0', 'Expect: miracles'],
])('%s is accepted', async (_, target, header) => {
  const bytes = `GET ${target} HTTP/1.1\r\nHost: [::1]:80\r\n${header}\r\nConnection: close\r\n\r\n`
  expectProblem(await sendBytes(api.url, bytes), 'BAD_REQUEST')
  expect((await sendBytes(api.url, bytes.replace('product/0', 'product/9'))).problem?.code).toBe('PRODUCT_NOT_FOUND')
})

test('a range of a file that it does not have is ignored', async () => {
  const response = await fetch(`${api.url}/docs/swagger-ui.css`, { headers: { range: 'bytes=1-0' } })
  expect(response.status).toBe(200)
  await response.body?.cancel()
})

/** Keys of a cursor that have its form, but that the database or the data platform cannot read. */
test.each([
  ['outbox.list', { state: 'dead' }, ['0000-01-01T00:00:00Z', '00000000-0000-0000-0000-000000000000']],
  ['outbox.list', { state: 'waiting' }, ['0000-12-31T23:59:59.999999Z', '00000000-0000-0000-0000-000000000000']],
  ['admin.reconcile', {}, ['\0', '00000000-0000-0000-0000-000000000000']],
  ['admin.reconcile', {}, ['\ud800', '00000000-0000-0000-0000-000000000000']],
  ['admin.reconcile', {}, ['../x', '00000000-0000-0000-0000-000000000000']],
])('a cursor of %s %j with the key %j is a bad request', async (name, input, key) => {
  const cursor = Buffer.from(JSON.stringify(key)).toString('base64url')
  const text = JSON.stringify({ ...input, cursor })
  const headers = { ...(await asAdmin()), ...JSON_TYPE }
  const reply = await (name === 'admin.reconcile'
    ? send(`${api.url}/trpc/${name}`, { method: 'POST', headers, body: text })
    : send(`${api.url}/trpc/${name}?input=${encodeURIComponent(text)}`, { headers }))
  expectProblem(reply, 'BAD_REQUEST')
})

test('requests that are refused before a procedure are not logged as failures', async () => {
  expect(api.log.filter(({ level }) => level >= 50)).toEqual([])
})
