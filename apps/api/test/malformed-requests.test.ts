import type { ProblemCode } from '@jumun/contract'
import { useApi } from '@jumun/test-kit/api'
import { beforeAll, expect, test } from 'vitest'
import { expectProblem } from '../test-support/expect-problem.ts'
import { databaseState, newFixture } from '../test-support/fixtures.ts'
import { send } from '../test-support/transports.ts'

const api = useApi({ settings: { ALLOW_SELF_CHARGE: 'true' } })

const ORDER = JSON.stringify({ memberId: 'mina', items: [{ productId: 1, quantity: 1 }] })
const KIB = 1024

let token = ''
let adminToken = ''
beforeAll(async () => {
  await newFixture(api)
  token = await api.token('mina')
  adminToken = await api.token('operator', 'admin')
})

interface BadRequest {
  request: string
  code: ProblemCode
  body?: string | Blob | ReadableStream
  type?: string | null
  asAdmin?: boolean
}

async function expectRefused({ request, code, body, type = 'application/json', asAdmin }: BadRequest) {
  const [method = '', path = ''] = request.split(' ')
  const headers = {
    authorization: `Bearer ${asAdmin ? adminToken : token}`,
    ...(body === undefined || type === null ? {} : { 'content-type': type }),
  }
  const before = await databaseState(api)
  const stream = body instanceof ReadableStream ? { duplex: 'half' as const } : {}
  const reply = await send(api.url + path, { method, headers, ...(body === undefined ? {} : { body }), ...stream })
  expectProblem(reply, code)
  expect(await databaseState(api)).toEqual(before)
}

const mutations = ['POST /trpc/order.place', 'POST /api/order']

const BROKEN_BODIES = [
  '',
  '{',
  `${ORDER}}`,
  `${ORDER},`,
  "{'memberId':'mina'}",
  'memberId=mina',
  'NaN',
  '\u0000',
  '\ufeff',
  '[[[',
]
const NON_OBJECTS = ['null', '[]', '"order"', '1', 'true', `[${ORDER}]`]

test.each(mutations.flatMap((request) => [...BROKEN_BODIES, ...NON_OBJECTS].map((body) => ({ request, body }))))(
  '$request with the body $body is a bad request',
  async ({ request, body }) => {
    await expectRefused({ request, body: new Blob([body]), code: 'BAD_REQUEST' })
  },
)

/** The deepest nesting that fits into a body. */
const NESTED_ARRAYS = `${'['.repeat(125 * KIB)}${']'.repeat(125 * KIB)}`
const NESTED_OBJECTS = `${'{"a":'.repeat(40 * KIB)}1${'}'.repeat(40 * KIB)}`

test.each(
  mutations.flatMap((request) => [
    { request, what: 'nested arrays', deep: NESTED_ARRAYS },
    { request, what: 'nested objects', deep: NESTED_OBJECTS },
  ]),
)('$request with $what, as deeply nested as the body limit allows, is a bad request', async ({ request, deep }) => {
  await expectRefused({ request, body: deep, code: 'BAD_REQUEST' })
  await expectRefused({ request, body: `{"memberId":${deep},"items":[]}`, code: 'BAD_REQUEST' })
  await expectRefused({
    request,
    body: `{"memberId":"mina","items":[{"productId":1,"quantity":1}],"x":${deep}}`,
    code: 'BAD_REQUEST',
  })
})

const MALFORMED_UTF8 = {
  'CP949 bytes': [0xc7, 0xd1, 0xb6, 0xf3],
  'half a character': [0xed, 0x95],
  'a surrogate': [0xed, 0xa0, 0x80],
}

test.each(
  ['POST /trpc/product.create', 'POST /api/product'].flatMap((request) =>
    Object.entries(MALFORMED_UTF8).map(([what, bytes]) => ({ request, what, bytes })),
  ),
)('$request with $what in the body is a bad request, and nothing is stored', async ({ request, bytes }) => {
  const body = new Blob(['{"items":[{"name":"', Uint8Array.from(bytes), '","price":1,"stock":1}]}'])
  await expectRefused({ request, body, code: 'BAD_REQUEST', asAdmin: true })
})

test.each(mutations)('%s with another charset than UTF-8 is refused', async (request) => {
  for (const charset of ['euc-kr', '"cp949"', 'utf-16', 'us-ascii', '']) {
    const type = `application/json; charset=${charset}`
    await expectRefused({ request, type, body: new Blob([ORDER]), code: 'UNSUPPORTED_MEDIA_TYPE' })
  }
})

test.each(
  mutations.flatMap((request) =>
    ['application/json;charset=utf-8', 'Application/JSON; charset="UTF-8"', 'application/json; x=y; Charset=utf8'].map(
      (type) => ({ request, type }),
    ),
  ),
)(
  '$request with the content type $type is read as UTF-8, with or without a byte order mark',
  async ({ request, type }) => {
    await expectRefused({ request, type, body: new Blob([ORDER]), code: 'INSUFFICIENT_POINTS' })
    await expectRefused({ request, type, body: new Blob(['\ufeff', ORDER]), code: 'INSUFFICIENT_POINTS' })
  },
)

test('a query in CP949 or with a lone percent sign is a bad request', async () => {
  const requests = ['%C7%D1%B6%F3', '%ED%A0%80', '100%'].map((text) => `GET /api/product?search=${text}`)
  for (const request of requests) await expectRefused({ request, code: 'BAD_REQUEST' })
})

const FORM = 'multipart/form-data; boundary=x'
const OTHER_TYPES = [
  null,
  'text/plain',
  'text/html',
  'application/x-www-form-urlencoded',
  'application/octet-stream',
  'application/jsonp',
  'application/xml',
  FORM,
]

test.each(mutations.flatMap((request) => OTHER_TYPES.map((type) => ({ request, type }))))(
  '$request with the content type $type is refused',
  async ({ request, type }) => {
    await expectRefused({ request, type, body: new Blob([ORDER]), code: 'UNSUPPORTED_MEDIA_TYPE' })
  },
)

test.each(['POST /trpc/order.place', 'POST /trpc/point.charge'])('%s without a body is refused', async (request) => {
  await expectRefused({ request, code: 'UNSUPPORTED_MEDIA_TYPE' })
})

test.each(['POST /api/order', 'PATCH /api/point/charge', 'POST /api/pay'])(
  '%s without a body is refused',
  async (request) => {
    await expectRefused({ request, code: 'BAD_REQUEST' })
  },
)

const SIZES = [257 * KIB, 1_024 * KIB, 20 * 1_024 * KIB]

test.each(mutations.flatMap((request) => SIZES.map((bytes) => ({ request, bytes }))))(
  '$request with a body of $bytes bytes is too large',
  async ({ request, bytes }) => {
    await expectRefused({ request, body: ORDER.padEnd(bytes), code: 'PAYLOAD_TOO_LARGE' })
  },
)

test.each(mutations)('%s with a body of unknown length is refused above 256 KiB', async (request) => {
  const body = new Blob([ORDER.padEnd(1_024 * KIB)]).stream()
  await expectRefused({ request, body, code: 'PAYLOAD_TOO_LARGE' })
})

test.each(mutations)('%s accepts a body of exactly 256 KiB', async (request) => {
  const [method = '', path = ''] = request.split(' ')
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const reply = await send(api.url + path, { method, headers, body: ORDER.padEnd(256 * KIB) })
  expectProblem(reply, 'INSUFFICIENT_POINTS')
})

test('a form over tRPC is refused by its content type, before its size matters', async () => {
  const body = new Blob(['x'.repeat(2_000 * KIB)])
  await expectRefused({ request: 'POST /trpc/order.place', type: FORM, body, code: 'UNSUPPORTED_MEDIA_TYPE' })
})

const names = (count: number) => Array.from({ length: count }, () => 'product.list').join(',')

test.each([
  'GET /trpc/product.list?input={',
  'GET /trpc/product.list?input=%7B%22limit%22%3A1',
  'GET /trpc/product.list?input=%00',
  'GET /trpc/product.list?input=%7B%22search%22%3A%22%5Cud800%22%7D',
  'GET /trpc/product.byId?input=%zz',
  'GET /trpc/product.byId?input=null',
  'GET /trpc/product.byId?input=[]',
  'GET /trpc/product.byId',
  'GET /trpc/product.list?connectionParams=garbage',
  'GET /trpc/product.list?batch=1&input=5',
  'GET /trpc/product.list,order.place?batch=1&input={}',
  'GET /trpc/%zz',
  'GET /trpc/%E0%A4%A',
])('%s is a bad request', async (request) => {
  await expectRefused({ request, code: 'BAD_REQUEST' })
})

test.each([51, 1_000])('a batch of %d calls is a bad request, and none of them is executed', async (count) => {
  const paths = Array(count).fill('point.charge').join(',')
  const body = JSON.stringify({ ...Array(count).fill({ memberId: 'mina', amount: 1 }) })
  await expectRefused({ request: `POST /trpc/${paths}?batch=1`, body, code: 'BAD_REQUEST' })
})

test('a batch of 1,000 queries in a URL is a bad request', async () => {
  const input = encodeURIComponent(JSON.stringify({ 999: {} }))
  await expectRefused({ request: `GET /trpc/${names(1_000)}?batch=1&input=${input}`, code: 'BAD_REQUEST' })
})

test('a batch of 50 calls is served', async () => {
  const input = JSON.stringify({ ...Array.from({ length: 50 }, () => ({})) })
  const response = await fetch(`${api.url}/trpc/${names(50)}?batch=1&input=${encodeURIComponent(input)}`)
  expect(response.status).toBe(200)
  expect(await response.json()).toHaveLength(50)
})

test.each([
  'GET /trpc',
  'GET /trpc/',
  'GET /trpc/order',
  'GET /trpc/order.nothing',
  'GET /trpc/order.place.more',
  'GET /trpc/order/place',
  'GET /trpc/__proto__',
  'GET /trpc/constructor.constructor',
  'GET /trpc/order.__proto__.place',
  'GET /trpc/toString',
  'GET /api',
  'GET /api/',
  'GET /api/orders',
  'GET /api/point',
  'GET /api/point/',
  'GET /api/point/mina/',
  'GET /api/product/',
  'PATCH /api/product/',
  'DELETE /api/cart/?memberId=mina',
  'POST /api/order//cancel',
  'PUT /api/orders',
  'GET /api//order',
  'GET /API/product',
  'GET /..%2f..%2fetc/passwd',
  'GET /.env',
  'GET /admin',
])('%s is not found', async (request) => {
  const body = request.startsWith('GET') ? {} : { body: '{}' }
  await expectRefused({ request, ...body, code: 'NOT_FOUND', asAdmin: true })
})

test.each(
  [
    'GET /api/product?limit=1&limit=2',
    'GET /api/product?search=tea&search=honey',
    'GET /api/product?search[]=tea',
    'GET /api/product?search[$ne]=tea',
    'GET /api/product?page=2',
    'GET /api/order?memberId=mina&memberId=jun',
    'GET /api/order?memberid=mina',
    'GET /api/cart?memberId=mina&productId=1',
    'GET /api/point/mina?memberId=mina',
    'GET /api/point/%zz',
    'GET /api/point/%E0%A4%A',
    'GET /api/point/%00',
    // A lone surrogate, which is not valid UTF-8.
    'GET /api/point/%ED%A0%80',
    'GET /api/order/%00',
    'DELETE /api/cart/1?memberId=mina&productId=2',
    'DELETE /api/cart/1%202?memberId=mina',
  ].filter((request) => !request.endsWith('?')),
)('%s is a bad request', async (request) => {
  await expectRefused({ request, code: 'BAD_REQUEST' })
})

test.each([
  { request: 'POST /api/order?memberId=mina', body: ORDER },
  { request: 'POST /api/order?dryRun=true', body: ORDER },
  { request: 'POST /api/order', body: ORDER.replace('{', '{"idempotencyKey":"k",') },
  { request: 'PATCH /api/point/charge', body: '{"memberId":"mina","amount":1,"idempotencyKey":"k"}' },
  // A member is refused before the body is read.
  { request: 'PATCH /api/product/1', body: '{"productId":2,"price":1}', asAdmin: true },
  { request: 'POST /api/order/019310a4-6f00-7000-8000-000000000001/cancel', body: '{"orderId":"x"}' },
  { request: 'POST /api/order/019310a4-6f00-7000-8000-000000000001/cancel', body: '{"memberId":"x"}' },
  { request: 'DELETE /api/cart?memberId=mina', body: '{"memberId":"jun"}' },
  { request: 'DELETE /api/cart/1?memberId=mina', body: '{"quantity":1}' },
])('$request with $body has a field in the wrong place', async ({ request, body, asAdmin = false }) => {
  await expectRefused({ request, body, asAdmin, code: 'BAD_REQUEST' })
})

test.each(['GET /api/product?search=', 'GET /trpc/product.list?input='])(
  '%s with a URL of 40 KiB is too large',
  async (request) => {
    await expectRefused({ request: request + 'x'.repeat(40 * KIB), code: 'PAYLOAD_TOO_LARGE' })
  },
)
