import { type ProblemCode, problems } from '@jumun/contract'
import { TRPCClientError } from '@trpc/client'
import { expect, expectTypeOf, test } from 'vitest'
import { createJumunClient, isJumunError, JumunError, type Shortage } from '../src/index.ts'
import { asTRPCClient } from '../src/trpc.ts'
import { API_URL, problem, reply, useFakeApi } from '../test-support/fake-api.ts'

const api = useFakeApi()
const order = { memberId: 'mina', items: [{ productId: 1, quantity: 5 }] }
const orderId = '019310a4-6f00-7000-8000-000000000001'

/** The error that a call rejects with. */
function errorOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => expect.unreachable(),
    (error) => error,
  )
}

test('a problem narrows to the details of its code', async () => {
  const shortages = [{ productId: 1, requested: 5, available: 2 }]
  api.respond(problem('OUT_OF_STOCK', { shortages }))
  const error = await errorOf(api.client().order.place.mutate(order))
  if (!isJumunError(error, 'OUT_OF_STOCK')) return expect.unreachable()
  expectTypeOf(error.details.shortages).toEqualTypeOf<Shortage[]>()
  expect(error.details).toEqual({ shortages })
  expect(error).toMatchObject({ status: 409, requestId: 'r-1', message: 'It is OUT_OF_STOCK.', name: 'JumunError' })
})

test('an uncaught error prints the facts about the call and nothing else', async () => {
  api.respond(problem('CART_EMPTY', {}))
  const error = await errorOf(api.client().cart.checkout.mutate({ memberId: 'mina' }))
  const printed = ['code', 'details', 'idempotencyKey', 'isOutcomeUnknown', 'name', 'requestId', 'status']
  expect(Object.keys(error as object).toSorted()).toEqual(printed)
})

test("a problem of a call through asTRPCClient has tRPC's data and shape", async () => {
  api.respond(problem('CART_EMPTY', {}))
  const error = await errorOf(asTRPCClient(api.client()).cart.checkout.mutate({ memberId: 'mina' }))
  if (!(error instanceof TRPCClientError)) return expect.unreachable()
  expect(error.data).toMatchObject({ httpStatus: 409, problem: { code: 'CART_EMPTY', requestId: 'r-1' } })
  expect(error.shape).toMatchObject({ message: 'It is CART_EMPTY.', data: error.data })
})

test('a comparison of the code narrows too, and so does a list of codes', () => {
  const error: unknown = new JumunError({
    code: 'INSUFFICIENT_POINTS',
    message: '',
    details: { balance: 1, required: 2 },
  })
  if (!isJumunError(error)) return expect.unreachable()
  if (error.code === 'INSUFFICIENT_POINTS') expectTypeOf(error.details.required).toEqualTypeOf<number>()
  if (error.code === 'UNREACHABLE') expectTypeOf(error.status).toEqualTypeOf<number | undefined>()
  const codes = ['UNAVAILABLE', 'TOO_MANY_REQUESTS'] as const
  if (isJumunError(error, ...codes)) expectTypeOf(error.details.retryAfterSeconds).toEqualTypeOf<number>()
  expect(isJumunError(error, ...codes)).toBe(false)
  expect(isJumunError(error, 'INTERNAL', 'INSUFFICIENT_POINTS')).toBe(true)
  expect(isJumunError(new Error('something else'))).toBe(false)
})

const examples: Partial<Record<ProblemCode, object>> = {
  BAD_REQUEST: { issues: [{ path: ['items', 0, 'quantity'], message: 'Too big' }] },
  PRODUCT_NOT_FOUND: { productIds: [1, 2] },
  ORDER_NOT_FOUND: { orderId },
  EVENT_NOT_FOUND: { eventId: orderId },
  OUT_OF_STOCK: { shortages: [{ productId: 1, requested: 5, available: 2 }] },
  PRODUCT_CHANGED: { product: { id: 1, name: 'Tea', price: 2, stock: 3, key: null } },
  PRICE_CHANGED: { expectedTotal: 1, total: 2 },
  INSUFFICIENT_POINTS: { balance: 1, required: 2 },
  ORDER_NOT_PAYABLE: { orderId, orderStatus: 'EXPIRED' },
  ORDER_NOT_CANCELLABLE: { orderId, orderStatus: 'CANCELLED' },
  TOO_MANY_UNPAID_ORDERS: { limit: 10 },
  CURSOR_EXPIRED: { oldest: '1.1.u4h.0.0' },
  POINT_LIMIT_EXCEEDED: { balance: 1, limit: 2 },
  TOO_MANY_REQUESTS: { retryAfterSeconds: 60 },
  UNAVAILABLE: { retryAfterSeconds: 60 },
}

test.each(Object.keys(problems) as ProblemCode[])('%s has its status and all of its details', async (code) => {
  const details = problems[code].details.parse(examples[code] ?? {})
  api.respond(problem<ProblemCode>(code, details))
  const error = await errorOf(api.client().order.place.mutate(order))
  expect(error).toMatchObject({ code, status: problems[code].status, details })
  expect(isJumunError(error, code)).toBe(true)
})

test('an error is a TRPCClientError, for tools of the tRPC ecosystem', async () => {
  api.respond(problem('FORBIDDEN', {}))
  const error = await errorOf(api.client().point.balance.query({ memberId: 'mina' }))
  expect(error).toBeInstanceOf(TRPCClientError)
  expect(error).toBeInstanceOf(JumunError)
})

test('calls that fail in one batch reject with separate errors', async () => {
  api.respond(problem('FORBIDDEN', {}))
  const jumun = api.client()
  const [one, other] = await Promise.all([
    errorOf(jumun.point.use.mutate({ memberId: 'mina', amount: 1 })),
    errorOf(jumun.point.use.mutate({ memberId: 'mina', amount: 1 })),
  ])
  if (!isJumunError(one) || !isJumunError(other)) return expect.unreachable()
  expect(one.idempotencyKey).toHaveLength(32)
  expect(one.idempotencyKey).not.toBe(other.idempotencyKey)
})

test('a refused connection is UNREACHABLE, with the reason', async () => {
  const jumun = createJumunClient({ url: 'http://127.0.0.1:1', timeoutMs: 50, fetch: refuseConnection })
  const error = await errorOf(jumun.product.list.query({}))
  if (!isJumunError(error, 'UNREACHABLE')) return expect.unreachable()
  expect(error.message).toBe('http://127.0.0.1:1 cannot be reached: connect ECONNREFUSED 127.0.0.1:1.')
  expect(error).toMatchObject({ status: undefined, requestId: undefined, details: {} })
})

async function refuseConnection(): Promise<never> {
  const cause = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' })
  throw new TypeError('fetch failed', { cause })
}

test.each([
  [
    'an HTML page',
    reply('<!doctype html>', { status: 404 }),
    404,
    /^http:\/\/jumun\.test answered with status 404 and no readable JSON\.$/,
  ],
  [
    "another server's JSON",
    reply('{"message":"no"}', { status: 404 }),
    404,
    /^What answered is not the Jumun API \(status 404\)\.$/,
  ],
  [
    "another tRPC server's error",
    reply('[{"error":{"message":"no","code":-32004,"data":{}}}]', { status: 404 }),
    404,
    /^What answered is not/,
  ],
  [
    'an HTML page with status 200',
    reply('<!doctype html>', { status: 200 }),
    200,
    /^http:\/\/jumun\.test answered with status 200 and no readable JSON\.$/,
  ],
])('%s is UNREACHABLE, with the status', async (_what, answer, status, message) => {
  api.respond(answer)
  const error = await errorOf(api.client().product.byId.query({ productId: 1 }))
  expect(error).toMatchObject({ code: 'UNREACHABLE', status, message: expect.stringMatching(message) })
})

test('a failing token function is UNAUTHENTICATED, with its cause, and nothing is sent', async () => {
  const cause = new Error('signed out')
  const jumun = api.client({ token: () => Promise.reject(cause) })
  const error = await errorOf(jumun.product.list.query({}))
  expect(error).toMatchObject({
    code: 'UNAUTHENTICATED',
    message: 'There is no token: signed out',
    cause,
    status: undefined,
  })
  expect(api.requests).toHaveLength(0)
})

test.each(['', 'a b', 'a\nb', 'tökén'])('the malformed token %j is not sent', async (token) => {
  const error = await errorOf(api.client({ token }).product.list.query({}))
  expect(error).toMatchObject({ code: 'UNAUTHENTICATED' })
  if (token !== '') expect(String(error)).not.toContain(token)
  expect(api.requests).toHaveLength(0)
})

test('a mistake in the calling program is not converted to a JumunError', async () => {
  const circular: { productId: number; self?: object } = { productId: 1 }
  circular.self = circular
  const error = await errorOf(api.client().product.byId.query(circular))
  expect(isJumunError(error)).toBe(false)
  expect(String(error)).toContain('circular')
})

test.each(['jumun.test', 'ftp://jumun.test', ''])('%j is rejected as an address', (url) => {
  expect(() => createJumunClient({ url })).toThrow(TypeError)
})

test.each([0, -1, Number.NaN, 2 ** 31])('a timeout of %d ms is rejected', (timeoutMs) => {
  expect(() => createJumunClient({ url: API_URL, timeoutMs })).toThrow(RangeError)
})

test('an address may contain a path', async () => {
  const urls: string[] = []
  const fetch = async (url: string) => {
    urls.push(url)
    return Response.json([{ result: { data: {} } }])
  }
  await createJumunClient({ url: 'https://shop.example/jumun/', fetch }).product.byId.query({ productId: 1 })
  expect(urls).toEqual([expect.stringMatching(/^https:\/\/shop\.example\/jumun\/trpc\/product\.byId\?batch=1&input=/)])
})
