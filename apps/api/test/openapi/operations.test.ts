import { createSignInCode } from '@jumun/domain'
import { useApi } from '@jumun/test-kit/api'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { beforeAll, expect, test } from 'vitest'
import { openApiDocument } from '../../src/openapi/document.ts'

/** A call of an operation that succeeds. */
interface Call {
  path?: Record<string, string | number>
  query?: Record<string, string | number>
  body?: unknown
}

interface Answer {
  status: number
  contentType: string
  body: unknown
}

interface DocumentedResponse {
  $ref?: string
  content?: Record<string, { schema: object }>
}

const document = openApiDocument()
const operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
  Object.entries(item as Record<string, { operationId: string; security?: object[] }>).map(
    ([method, { operationId, security }]) => ({ operationId, method: method.toUpperCase(), path, security }),
  ),
)

const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true })
addFormats.default(ajv)

const api = useApi()
const memberId = 'mina'
let productId: number
let removableId: number
let paidOrderId: string
let pendingOrderId: string
let paidEventId: string
let code: string

beforeAll(async () => {
  const products = [1, 2].map((number) => ({ name: `Tea ${number}`, price: 1_000, stock: 100 }))
  const created = await send('POST', '/product', { body: { items: products } })
  ;[productId, removableId] = (created.body as { ids: [number, number] }).ids
  await send('PATCH', '/point/charge', { body: { memberId, amount: 1_000_000 } })
  const items = [{ productId, quantity: 1 }]
  paidOrderId = idOf(await send('POST', '/order', { body: { memberId, items } }))
  pendingOrderId = idOf(await send('POST', '/order', { body: { memberId, items, payment: 'later' } }))
  const waiting = await send('GET', '/admin/outbox', { query: { state: 'waiting', orderId: paidOrderId } })
  paidEventId = (waiting.body as { items: { id: string }[] }).items[0]?.id ?? ''
  await send('POST', '/cart', { body: { memberId, productId, quantity: 2 } })
  code = await createSignInCode(api.services.em, { memberId, role: 'member' })
})

function calls(): Record<string, Call> {
  const item = { memberId, productId, quantity: 1 }
  return {
    'point-charge': { body: { memberId, amount: 100 } },
    'point-use': { body: { memberId, amount: 100 } },
    'point-balance': { path: { memberId } },
    'point-history': { path: { memberId }, query: { limit: 2 } },
    'product-list': { query: { search: 'tea', limit: 1 } },
    'product-byId': { path: { productId } },
    'product-create': { body: { items: [{ name: 'Honey', price: 9_900, stock: 3 }] } },
    'product-update': { path: { productId }, body: { name: 'Green tea', stockDelta: 5 } },
    'product-adjustments': { path: { productId }, query: { limit: 2 } },
    'product-remove': { path: { productId: removableId } },
    'order-place': { body: { memberId, items: [{ productId, quantity: 2 }] } },
    'order-byId': { path: { orderId: paidOrderId } },
    'order-list': { query: { memberId, limit: 1 } },
    'order-cancel': { path: { orderId: paidOrderId } },
    'payment-pay': { body: { orderId: pendingOrderId } },
    'popular-products': { query: { days: 3, limit: 5 } },
    'cart-get': { query: { memberId } },
    'cart-addItem': { body: item },
    'cart-setItem': { body: item },
    'cart-checkout': { body: { memberId } },
    'cart-removeItem': { path: { productId }, query: { memberId } },
    'cart-clear': { query: { memberId } },
    'live-list': { query: { limit: 2 } },
    'live-changes': { query: { topics: 'products' } },
    'admin-audit': {},
    'admin-orders': { query: { status: 'PAID,CANCELLED', productId, from: '2026-01-15T03:00:00.000Z', limit: 2 } },
    'admin-members': { query: { prefix: 'm', limit: 2 } },
    'admin-products': { query: { removed: 'include', maxStock: 1_000, limit: 2 } },
    'admin-productsByKeys': { body: { keys: ['TEA-0042', 'a,b'] } },
    'admin-reconcile': { body: { dryRun: true } },
    'outbox-list': { query: { state: 'waiting', limit: 2 } },
    'outbox-replay': { body: { ids: [paidOrderId] } },
    'outbox-reasons': {},
    'outbox-event': { path: { eventId: paidEventId } },
    'admin-pulse': { query: { after: '2026-01-15T03:00:00.000Z' } },
    'admin-system': {},
    'admin-orderTimeline': { path: { orderId: paidOrderId } },
    'session-read': {},
    'session-start': { body: { code } },
    'session-end': {},
  }
}

/** Called first, because other operations change the cart. */
const CALLED_FIRST = ['cart-checkout', 'cart-get']

test('this test calls every operation of the document', () => {
  expect(Object.keys(calls()).toSorted()).toEqual(operations.map(({ operationId }) => operationId).toSorted())
})

test.each(operations.toSorted((a, b) => CALLED_FIRST.indexOf(b.operationId) - CALLED_FIRST.indexOf(a.operationId)))(
  '$operationId returns a response that matches the document',
  async ({ operationId, method, path }) => {
    const answer = await send(method, path, calls()[operationId] ?? {})
    expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300)
    expectDocumented(answer, method, path)
  },
)

test.each(operations)('$operationId refuses an unknown query parameter as documented', async (operation) => {
  const { operationId, method, path } = operation
  const call = calls()[operationId] ?? {}
  const answer = await send(method, path, { ...call, query: { ...call.query, nobody: 'knows' } })
  expect(answer.status).toBe(400)
  expectDocumented(answer, method, path)
})

test.each(operations)('$operationId refuses an invalid token as documented', async (operation) => {
  const { operationId, method, path } = operation
  const answer = await send(method, path, calls()[operationId] ?? {}, 'no.good.token')
  expect(answer.status).toBe(401)
  expectDocumented(answer, method, path)
})

test.each<[string, string, string, Call]>([
  ['ORDER_NOT_FOUND', 'GET', '/order/{orderId}', { path: { orderId: '019310a4-6f00-7000-8000-000000000001' } }],
  [
    'EVENT_NOT_FOUND',
    'GET',
    '/admin/outbox/event/{eventId}',
    { path: { eventId: '019310a4-6f00-7000-8000-000000000001' } },
  ],
  ['PRODUCT_NOT_FOUND', 'GET', '/product/{productId}', { path: { productId: 2_000_000_000 } }],
  ['CART_EMPTY', 'POST', '/cart/checkout', { body: { memberId: 'nobody' } }],
  ['INSUFFICIENT_POINTS', 'PATCH', '/point/use', { body: { memberId: 'nobody', amount: 1 } }],
])('%s is returned as documented', async (code, method, path, call) => {
  const answer = await send(method, path, call)
  expect(answer.body).toMatchObject({ code })
  expectDocumented(answer, method, path)
})

test('an order above the stock is refused as documented', async () => {
  const items = [{ productId, quantity: 1_000 }]
  const answer = await send('POST', '/order', { body: { memberId, items } })
  expect(answer.body).toMatchObject({ code: 'OUT_OF_STOCK' })
  expectDocumented(answer, 'POST', '/order')
})

test('cancelling a cancelled order is refused as documented', async () => {
  const path = '/order/{orderId}/cancel'
  await send('POST', path, { path: { orderId: paidOrderId } })
  const answer = await send('POST', path, { path: { orderId: paidOrderId } })
  expect(answer.body).toMatchObject({ code: 'ORDER_NOT_CANCELLABLE', status: 409, orderStatus: 'CANCELLED' })
  expectDocumented(answer, 'POST', path)
})

async function send(method: string, path: string, call: Call, token?: string): Promise<Answer> {
  const url = new URL(
    `${api.url}${serverOf(path, method)}${path.replace(/\{(\w+)\}/g, (_, name) => String(call.path?.[name]))}`,
  )
  for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.set(name, String(value))
  const response = await fetch(url, {
    method,
    headers: {
      authorization: `Bearer ${token ?? (await api.token('root', 'admin'))}`,
      ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
  })
  const contentType = (response.headers.get('content-type') ?? '').split(';')[0] ?? ''
  const isStream = contentType === 'text/event-stream'
  if (response.status === 204) return { status: 204, contentType, body: undefined }
  return { status: response.status, contentType, body: isStream ? await readFirst(response) : await response.json() }
}

function serverOf(path: string, method: string): string {
  const own = document.paths?.[path]?.[method.toLowerCase() as 'get']?.servers?.[0]?.url
  return (own ?? document.servers?.[0]?.url ?? '').replace(/\/$/, '')
}

/** The first part of a stream, which is then cancelled. */
async function readFirst({ body }: Response): Promise<string> {
  const reader = body?.getReader()
  const first = await reader?.read()
  await reader?.cancel()
  return new TextDecoder().decode(first?.value)
}

/** Expects that the document has this status and content type, and that the body matches its schema. */
function expectDocumented({ status, contentType, body }: Answer, method: string, path: string): void {
  const responses = document.paths?.[path]?.[method.toLowerCase() as 'get']?.responses as Record<
    string,
    DocumentedResponse
  >
  const documented = responses[status]
  if (status === 204 && documented) return
  const response = documented?.$ref ? sharedResponse(documented.$ref) : documented
  const schema = response?.content?.[contentType]?.schema
  if (!schema) throw new Error(`The document has no ${status} ${contentType} of ${method} ${path}.`)
  const validate = ajv.compile({ ...schema, components: document.components })
  expect(validate(body), ajv.errorsText(validate.errors)).toBe(true)
}

function sharedResponse(ref: string): DocumentedResponse | undefined {
  return ((document.components?.responses ?? {}) as Record<string, DocumentedResponse>)[ref.split('/').at(-1) ?? '']
}

function idOf({ body }: Answer): string {
  return (body as { id: string }).id
}
