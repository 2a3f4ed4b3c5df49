import { type ProblemCode, problems } from '@jumun/contract'
import { TRPCClientError } from '@trpc/client'
import { HttpResponse } from 'msw'
import { expect, expectTypeOf, test } from 'vitest'
import { createJumunClient, isJumunError, JumunError, type Shortage } from '../src/index.ts'
import { asTRPCClient } from '../src/trpc.ts'
import { API_URL, refusal, reply, useFakeApi } from '../test-support/fake-api.ts'

const api = useFakeApi()
const order = { memberId: 'mina', items: [{ productId: 1, quantity: 5 }] }
const orderId = '019310a4-6f00-7000-8000-000000000001'

/** What a call is rejected with. */
function failureOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => expect.unreachable(),
    (error) => error,
  )
}

test('a refusal narrows to the details of its code', async () => {
  const shortages = [{ productId: 1, requested: 5, available: 2 }]
  api.answer(refusal('OUT_OF_STOCK', { shortages }))
  const error = await failureOf(api.client().order.place.mutate(order))
  if (!isJumunError(error, 'OUT_OF_STOCK')) return expect.unreachable()
  expectTypeOf(error.details.shortages).toEqualTypeOf<Shortage[]>()
  expect(error.details).toEqual({ shortages })
  expect(error).toMatchObject({ status: 409, requestId: 'r-1', message: 'It is OUT_OF_STOCK.', name: 'JumunError' })
})

test('an error that nobody caught shows what it says of the call, and nothing else', async () => {
  api.answer(refusal('CART_EMPTY', {}))
  const error = await failureOf(api.client().cart.checkout.mutate({ memberId: 'mina' }))
  const shown = ['code', 'details', 'idempotencyKey', 'name', 'requestId', 'status']
  expect(Object.keys(error as object).toSorted()).toEqual(shown)
})

test("a refusal seen through asTRPCClient has tRPC's data and shape", async () => {
  api.answer(refusal('CART_EMPTY', {}))
  const error = await failureOf(asTRPCClient(api.client()).cart.checkout.mutate({ memberId: 'mina' }))
  if (!(error instanceof TRPCClientError)) return expect.unreachable()
  expect(error.data).toMatchObject({ httpStatus: 409, problem: { code: 'CART_EMPTY', requestId: 'r-1' } })
  expect(error.shape).toMatchObject({ message: 'It is CART_EMPTY.', data: error.data })
})

test('the code alone narrows too, and several codes at once', () => {
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
  OUT_OF_STOCK: { shortages: [{ productId: 1, requested: 5, available: 2 }] },
  INSUFFICIENT_POINTS: { balance: 1, required: 2 },
  ORDER_NOT_PAYABLE: { orderId, orderStatus: 'EXPIRED' },
  ORDER_NOT_CANCELLABLE: { orderId, orderStatus: 'CANCELLED' },
  POINT_LIMIT_EXCEEDED: { balance: 1, limit: 2 },
  TOO_MANY_REQUESTS: { retryAfterSeconds: 60 },
  UNAVAILABLE: { retryAfterSeconds: 60 },
}

test.each(Object.keys(problems) as ProblemCode[])('%s is told with its status and all of its details', async (code) => {
  const details = problems[code].details.parse(examples[code] ?? {})
  api.answer(refusal<ProblemCode>(code, details))
  const error = await failureOf(api.client().order.place.mutate(order))
  expect(error).toMatchObject({ code, status: problems[code].status, details })
  expect(isJumunError(error, code)).toBe(true)
})

test('tools of the tRPC ecosystem see one of their own errors', async () => {
  api.answer(refusal('FORBIDDEN', {}))
  const error = await failureOf(api.client().point.balance.query({ memberId: 'mina' }))
  expect(error).toBeInstanceOf(TRPCClientError)
  expect(error).toBeInstanceOf(JumunError)
})

test('calls that fail together fail each with an error of its own', async () => {
  api.answer(refusal('FORBIDDEN', {}))
  const jumun = api.client()
  const [one, other] = await Promise.all([
    failureOf(jumun.point.use.mutate({ memberId: 'mina', amount: 1 })),
    failureOf(jumun.point.use.mutate({ memberId: 'mina', amount: 1 })),
  ])
  if (!isJumunError(one) || !isJumunError(other)) return expect.unreachable()
  expect(one.idempotencyKey).toHaveLength(32)
  expect(one.idempotencyKey).not.toBe(other.idempotencyKey)
})

test('a server that is not there is UNREACHABLE, with the reason', async () => {
  const jumun = createJumunClient({ url: 'http://127.0.0.1:1', timeoutMs: 50, fetch: refused })
  const error = await failureOf(jumun.product.list.query({}))
  if (!isJumunError(error, 'UNREACHABLE')) return expect.unreachable()
  expect(error.message).toBe('http://127.0.0.1:1 cannot be reached: connect ECONNREFUSED 127.0.0.1:1.')
  expect(error).toMatchObject({ status: undefined, requestId: undefined, details: {} })
})

async function refused(): Promise<never> {
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
    'a page instead of an answer',
    reply('<!doctype html>', { status: 200 }),
    200,
    /^http:\/\/jumun\.test answered with status 200 and no readable JSON\.$/,
  ],
])('%s is UNREACHABLE, with the status', async (_what, answer, status, message) => {
  api.answer(answer)
  const error = await failureOf(api.client().product.byId.query({ productId: 1 }))
  expect(error).toMatchObject({ code: 'UNREACHABLE', status, message: expect.stringMatching(message) })
})

test('a token function that fails is UNAUTHENTICATED, with its cause, and nothing is sent', async () => {
  const cause = new Error('signed out')
  const jumun = api.client({ token: () => Promise.reject(cause) })
  const error = await failureOf(jumun.product.list.query({}))
  expect(error).toMatchObject({
    code: 'UNAUTHENTICATED',
    message: 'There is no token: signed out',
    cause,
    status: undefined,
  })
  expect(api.requests).toHaveLength(0)
})

test.each(['', 'a b', 'a\nb', 'tökén'])('the token %j is refused before it is sent', async (token) => {
  const error = await failureOf(api.client({ token }).product.list.query({}))
  expect(error).toMatchObject({ code: 'UNAUTHENTICATED' })
  if (token !== '') expect(String(error)).not.toContain(token)
  expect(api.requests).toHaveLength(0)
})

test('a mistake in the calling program stays what it is', async () => {
  const circular: { productId: number; self?: object } = { productId: 1 }
  circular.self = circular
  const error = await failureOf(api.client().product.byId.query(circular))
  expect(isJumunError(error)).toBe(false)
  expect(String(error)).toContain('circular')
})

test.each(['jumun.test', 'ftp://jumun.test', ''])('%j is no address', (url) => {
  expect(() => createJumunClient({ url })).toThrow(TypeError)
})

test.each([0, -1, Number.NaN, 2 ** 31])('%d ms are no timeout', (timeoutMs) => {
  expect(() => createJumunClient({ url: API_URL, timeoutMs })).toThrow(RangeError)
})

test('an address may have a path', async () => {
  const urls: string[] = []
  const fetch = async (url: string) => {
    urls.push(url)
    return HttpResponse.json([{ result: { data: {} } }])
  }
  await createJumunClient({ url: 'https://shop.example/jumun/', fetch }).product.byId.query({ productId: 1 })
  expect(urls).toEqual([expect.stringMatching(/^https:\/\/shop\.example\/jumun\/trpc\/product\.byId\?batch=1&input=/)])
})
