import { expect, test } from 'vitest'
import { type Fetch, isJumunError, JumunError } from '../src/index.ts'
import { CALL_MAX_BACKOFF_MS, retryDelayMs } from '../src/links/retry-policy.ts'
import { data, networkError, problem, refusedConnection, reply, silence, useFakeApi } from '../test-support/fake-api.ts'
import { useFastTimers } from '../test-support/fast-timers.ts'

const api = useFakeApi()

useFastTimers()

const order = { memberId: 'mina', items: [{ productId: 1, quantity: 1 }] }
const charge = { memberId: 'mina', amount: 1_000 }

/** The milliseconds between consecutive requests. */
function pauses(): number[] {
  return api.requests.slice(1).map(({ at }, index) => at - (api.requests[index]?.at ?? 0))
}

test('a call whose reply is lost is retried with the same idempotency key', async () => {
  api.respond(networkError, reply('<h1>Bad Gateway</h1>', { status: 502 }), networkError, data({ id: 'o-1' }))
  expect(await api.client().order.place.mutate(order)).toEqual({ id: 'o-1' })
  const inputs = api.requests.flatMap(({ calls }) => calls.map(({ input }) => input))
  expect(inputs).toHaveLength(4)
  expect(new Set(inputs.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1)
  expect(inputs[0]).toEqual({ ...order, idempotencyKey: expect.stringMatching(/^[0-9a-f]{32}$/) })
})

/** A reply whose connection breaks in the middle. */
function truncatedReply(): Response {
  const body = new ReadableStream({
    start: (stream) => stream.enqueue(new TextEncoder().encode('[{"result"')),
    pull: (stream) => stream.error(new TypeError('terminated')),
  })
  return new Response(body, { status: 200 })
}

test('a truncated reply with status 200 is retried', async () => {
  api.respond(data({ id: 'o-1' }))
  let requests = 0
  const breaking: Fetch = async (url, init) => (++requests === 1 ? truncatedReply() : api.fetch(url, init))
  expect(await api.client({ fetch: breaking }).order.place.mutate(order)).toEqual({ id: 'o-1' })
})

test('a reply that a proxy truncates is retried', async () => {
  const headers = { 'content-type': 'application/json' }
  api.respond(reply('[{"result"', { status: 200, headers }), data({ id: 'o-1' }))
  expect(await api.client().order.place.mutate(order)).toEqual({ id: 'o-1' })
})

test('a truncated reply is UNREACHABLE at the time limit', async () => {
  const call = api.client({ fetch: async () => truncatedReply(), timeoutMs: 300 }).order.place.mutate(order)
  await expect(call).rejects.toMatchObject({ code: 'UNREACHABLE', status: undefined })
})

test('an idempotency key of the caller is kept', async () => {
  api.respond(networkError, data({}))
  await api.client().point.charge.mutate({ ...charge, idempotencyKey: 'my key' })
  expect(api.requests.map(({ calls }) => calls[0]?.input['idempotencyKey'])).toEqual(['my key', 'my key'])
})

test('each call has its own idempotency key', async () => {
  api.respond(data({}), data({}))
  const jumun = api.client()
  await Promise.all([jumun.order.place.mutate(order), jumun.order.place.mutate(order)])
  await jumun.point.use.mutate(charge)
  const keys = api.requests.flatMap(({ calls }) => calls.map(({ input }) => input['idempotencyKey']))
  expect(new Set(keys).size).toBe(3)
})

test('the error has the idempotency key, so that the caller can retry later', async () => {
  api.respond(networkError)
  const call = api.client({ timeoutMs: 40 }).point.charge.mutate(charge)
  const error = await call.catch((error) => error)
  if (!isJumunError(error, 'UNREACHABLE')) return expect.unreachable()
  expect(error.idempotencyKey).toBe(api.requests[0]?.calls[0]?.input['idempotencyKey'])
})

test('queries are retried without an idempotency key', async () => {
  api.respond(networkError, data({ balance: 0 }))
  await api.client().point.balance.query({ memberId: 'mina' })
  expect(api.requests.map(({ calls }) => calls[0]?.input)).toEqual([{ memberId: 'mina' }, { memberId: 'mina' }])
})

test('the backoff doubles up to 2 s, and half of it is random', () => {
  const error = new JumunError({ code: 'UNREACHABLE', message: '', details: {} })
  const draw = (attempt: number) => retryDelayMs(error, true, attempt, Math.random, CALL_MAX_BACKOFF_MS) ?? 0
  for (const [attempt, longestMs] of Object.entries({ 1: 100, 2: 200, 5: 1_600, 6: 2_000, 1000: 2_000 })) {
    const delays = Array.from({ length: 100 }, () => draw(Number(attempt)))
    expect(new Set(delays).size).toBeGreaterThan(90)
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(longestMs / 2)
    expect(Math.max(...delays)).toBeLessThanOrEqual(longestMs)
    expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(longestMs / 4)
  }
})

test('a retry waits for the backoff', async () => {
  api.respond(networkError, networkError, networkError, data({}))
  await api.client().product.byId.query({ productId: 1 })
  for (const [index, leastMs] of [50, 100, 200].entries()) expect(pauses()[index]).toBeGreaterThanOrEqual(leastMs - 1)
})

test.each(['UNAVAILABLE', 'TOO_MANY_REQUESTS'] as const)(
  'after %s a retry waits for the retryAfterSeconds of the server',
  async (code) => {
    api.respond(problem(code, { retryAfterSeconds: 1 }), data({ id: 'o-1' }))
    expect(await api.client().order.place.mutate(order)).toEqual({ id: 'o-1' })
    expect(pauses()[0]).toBeGreaterThanOrEqual(1_000)
  },
)

test('a call fails at once if retryAfterSeconds exceeds its time limit', async () => {
  api.respond(problem('UNAVAILABLE', { retryAfterSeconds: 60 }))
  const started = performance.now()
  await expect(api.client().order.place.mutate(order)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  expect(performance.now() - started).toBeLessThan(10_000)
})

test('a call is not retried if UNAVAILABLE has no retryAfterSeconds', async () => {
  const details = { retryAfterSeconds: undefined } as object as { retryAfterSeconds: number }
  api.respond(problem('UNAVAILABLE', details))
  await expect(api.client().order.place.mutate(order)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
})

test('at the time limit a call rejects with its last error', async () => {
  let calls = 0
  const fetch = () => Promise.reject(new TypeError(`broken ${++calls} times`))
  const error = await api
    .client({ fetch, timeoutMs: 400 })
    .product.list.query({})
    .catch((error) => error)
  expect(calls).toBeGreaterThan(1)
  expect(error).toMatchObject({
    code: 'UNREACHABLE',
    message: `http://jumun.test cannot be reached: broken ${calls} times.`,
  })
})

test('an attempt without a reply ends in time for a retry', async () => {
  api.respond(silence, data({ id: 'o-1' }))
  expect(await api.client({ timeoutMs: 900 }).order.place.mutate(order)).toEqual({ id: 'o-1' })
  expect(pauses()[0]).toBeGreaterThanOrEqual(299)
})

test('a server that never replies is UNREACHABLE at the time limit', async () => {
  api.respond(silence, silence, silence)
  const started = performance.now()
  const call = api.client({ timeoutMs: 1_200 }).product.list.query({})
  await expect(call).rejects.toMatchObject({ code: 'UNREACHABLE', message: 'No answer within 1 s.' })
  expect(performance.now() - started).toBeLessThan(10_000)
})

test('a call that is not repeatable waits for its reply until the time limit', async () => {
  api.respond(async (request) => {
    await new Promise((resolve) => setTimeout(resolve, 400))
    return data({ ids: [1] })(request)
  })
  const items = [{ name: 'Tea', price: 1, stock: 1 }]
  expect(await api.client({ timeoutMs: 900 }).product.create.mutate({ items })).toEqual({ ids: [1] })
})

type Client = ReturnType<typeof api.client>
const tea = { name: 'Tea', price: 1, stock: 1 }
const unrepeatable = {
  'product.create': (jumun: Client) => jumun.product.create.mutate({ items: [tea, { ...tea, key: 'TEA-1' }] }),
  'product.remove': (jumun: Client) => jumun.product.remove.mutate({ productId: 1 }),
  'outbox.replay': (jumun: Client) => jumun.outbox.replay.mutate({ ids: ['e-1'] }),
}

test.each(Object.entries(unrepeatable))('%s is not retried after a lost reply', async (_name, call) => {
  api.respond(networkError, problem('UNAVAILABLE', { retryAfterSeconds: 1 }))
  const jumun = api.client()
  await expect(call(jumun)).rejects.toMatchObject({ code: 'UNREACHABLE', idempotencyKey: undefined })
  await expect(call(jumun)).rejects.toMatchObject({ code: 'UNAVAILABLE', idempotencyKey: undefined })
})

test.each(Object.entries(unrepeatable))('%s is retried after TOO_MANY_REQUESTS', async (_name, call) => {
  api.respond(problem('TOO_MANY_REQUESTS', { retryAfterSeconds: 1 }), data({ done: true }))
  expect(await call(api.client())).toEqual({ done: true })
})

const keyed = {
  'product.update': (jumun: Client) => jumun.product.update.mutate({ productId: 1, stockDelta: 1 }),
  'cart.addItem': (jumun: Client) => jumun.cart.addItem.mutate({ memberId: 'mina', productId: 1, quantity: 1 }),
  'order.cancel': (jumun: Client) => jumun.order.cancel.mutate({ orderId: 'o-1' }),
}

test.each(Object.entries(keyed))('%s is retried with its key after a lost reply', async (_name, call) => {
  api.respond(networkError, problem('UNAVAILABLE', { retryAfterSeconds: 0.1 }), data({ done: true }))
  expect(await call(api.client())).toEqual({ done: true })
  const keys = api.requests.map(({ calls }) => calls[0]?.input['idempotencyKey'])
  expect(keys).toEqual(Array(3).fill(expect.stringMatching(/^[0-9a-f]{32}$/)))
  expect(new Set(keys).size).toBe(1)
})

const idempotent = {
  'product.create with keys': (jumun: Client) => jumun.product.create.mutate({ items: [{ ...tea, key: 'TEA-1' }] }),
  'cart.setItem': (jumun: Client) => jumun.cart.setItem.mutate({ memberId: 'mina', productId: 1, quantity: 1 }),
  'cart.removeItem': (jumun: Client) => jumun.cart.removeItem.mutate({ memberId: 'mina', productId: 1 }),
  'cart.clear': (jumun: Client) => jumun.cart.clear.mutate({ memberId: 'mina' }),
  'admin.reconcile': (jumun: Client) => jumun.admin.reconcile.mutate({}),
}

test.each(Object.entries(idempotent))('%s is retried after a lost reply', async (_name, call) => {
  api.respond(networkError, data({ done: true }))
  expect(await call(api.client())).toEqual({ done: true })
})

test.each([
  ['seconds', () => '1'],
  ['a date', () => new Date(Date.now() + 2_000).toUTCString()],
])('a retry waits for the Retry-After of a proxy, in %s', async (_format, retryAfter) => {
  const slowDown = () => new Response('<h1>Slow down</h1>', { status: 429, headers: { 'retry-after': retryAfter() } })
  api.respond(slowDown, data({ id: 'o-1' }))
  expect(await api.client().order.place.mutate(order)).toEqual({ id: 'o-1' })
  expect(pauses()[0]).toBeGreaterThanOrEqual(900)
})

test('the error has the Retry-After of a proxy', async () => {
  api.respond(reply('{"message":"Maintenance"}', { status: 503, headers: { 'retry-after': '600' } }))
  const error = await api
    .client()
    .order.place.mutate(order)
    .catch((error) => error)
  expect(error).toMatchObject({ code: 'UNREACHABLE', status: 503, details: { retryAfterSeconds: 600 } })
})

test('other problems are not retried', async () => {
  const jumun = api.client()
  for (const code of ['CART_EMPTY', 'IDEMPOTENCY_KEY_REUSED', 'UNAUTHENTICATED', 'FORBIDDEN', 'INTERNAL'] as const) {
    api.respond(problem(code, {}))
    await expect(jumun.order.place.mutate(order)).rejects.toMatchObject({ code })
  }
  expect(api.requests).toHaveLength(5)
})

test('only the failed call of a batch is retried', async () => {
  api.respond(({ calls }) => {
    const unavailable = { code: 'UNAVAILABLE', status: 503, detail: '', requestId: '', retryAfterSeconds: 0.1 }
    const error = { message: '', code: -32_000, data: { httpStatus: 503, problem: unavailable } }
    return Response.json(
      calls.map((_call, index) => (index === 1 ? { error } : { result: { data: index } })),
      { status: 207 },
    )
  }, data('again'))
  const jumun = api.client()
  const calls = [1, 2, 3].map((productId) => jumun.product.byId.query({ productId }))
  expect(await Promise.all(calls)).toEqual([0, 'again', 2])
  expect(api.requests.map(({ calls }) => calls.length)).toEqual([3, 1])
})

test('without waitForServer a call fails at once if no connection can be made', async () => {
  api.respond(refusedConnection)
  const jumun = api.client({ waitForServer: false })
  await expect(jumun.order.place.mutate(order)).rejects.toMatchObject({ code: 'UNREACHABLE', isOutcomeUnknown: false })
  // A lost reply is still retried.
  api.respond(networkError, data({ id: 'o-1' }))
  expect(await jumun.order.place.mutate(order)).toEqual({ id: 'o-1' })
})

const busy = problem('UNAVAILABLE', { retryAfterSeconds: 60 })
test.each([
  ['no connection', [refusedConnection, refusedConnection], false],
  ['a lost reply', [networkError, networkError], true],
  ['a lost reply and then no connection', [networkError, refusedConnection], true],
  ['no connection and then a lost reply', [refusedConnection, networkError], true],
  ['UNAVAILABLE', [busy], true],
  ['a lost reply and then a refusal', [networkError, problem('CART_EMPTY', {})], false],
  [
    'a lost reply and then TOO_MANY_REQUESTS',
    [networkError, problem('TOO_MANY_REQUESTS', { retryAfterSeconds: 60 })],
    true,
  ],
  ['TOO_MANY_REQUESTS', [problem('TOO_MANY_REQUESTS', { retryAfterSeconds: 60 })], false],
])(
  'after %s it is known or not whether a call took effect, and a query never has one',
  async (_what, replies, isUnknown) => {
    const jumun = api.client({ timeoutMs: 100, random: () => 0 })
    api.respond(...replies)
    await expect(jumun.order.place.mutate(order)).rejects.toMatchObject({ isOutcomeUnknown: isUnknown })
    api.respond(...replies)
    await expect(jumun.product.list.query({})).rejects.toMatchObject({ isOutcomeUnknown: false })
  },
)

test('the backoff is drawn from the random source of the client', async () => {
  for (const [random, waits] of [
    [() => 0, [50, 100]],
    [() => 0.5, [75, 150]],
  ] as const) {
    api.requests.length = 0
    api.respond(networkError, networkError, data({}))
    await api.client({ random }).product.byId.query({ productId: 1 })
    for (const [index, ms] of waits.entries()) expect(Math.abs((pauses()[index] ?? 0) - ms)).toBeLessThanOrEqual(2)
  }
})
