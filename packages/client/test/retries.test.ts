import { expect, test } from 'vitest'
import { type Fetch, isJumunError, JumunError } from '../src/index.ts'
import { retryDelayMs } from '../src/links/retry-policy.ts'
import { data, networkError, refusal, reply, silence, useFakeApi } from '../test-support/fake-api.ts'

const api = useFakeApi()
const order = { memberId: 'mina', items: [{ productId: 1, quantity: 1 }] }
const charge = { memberId: 'mina', amount: 1_000 }

/** Milliseconds between one request and the next. */
function pauses(): number[] {
  return api.requests.slice(1).map(({ at }, index) => at - (api.requests[index]?.at ?? 0))
}

test('a lost reply is asked for again with the same key', async () => {
  api.answer(networkError, reply('<h1>Bad Gateway</h1>', { status: 502 }), networkError, data({ id: 'o-1' }))
  expect(await api.client().order.place.mutate(order)).toEqual({ id: 'o-1' })
  const inputs = api.requests.flatMap(({ calls }) => calls.map(({ input }) => input))
  expect(inputs).toHaveLength(4)
  expect(new Set(inputs.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1)
  expect(inputs[0]).toEqual({ ...order, idempotencyKey: expect.stringMatching(/^[0-9a-f]{32}$/) })
})

/** A reply whose connection breaks after half of it. msw would break the whole reply. */
function halfAReply(): Response {
  const body = new ReadableStream({
    start: (stream) => stream.enqueue(new TextEncoder().encode('[{"result"')),
    pull: (stream) => stream.error(new TypeError('terminated')),
  })
  return new Response(body, { status: 200 })
}

test('a reply of status 200 that is cut off halfway is asked for again', async () => {
  api.answer(data({ id: 'o-1' }))
  let requests = 0
  const breaking: Fetch = async (url, init) => (++requests === 1 ? halfAReply() : fetch(url, init))
  expect(await api.client({ fetch: breaking }).order.place.mutate(order)).toEqual({ id: 'o-1' })
})

test('a reply that somebody on the way ends halfway is asked for again', async () => {
  const headers = { 'content-type': 'application/json' }
  api.answer(reply('[{"result"', { status: 200, headers }), data({ id: 'o-1' }))
  expect(await api.client().order.place.mutate(order)).toEqual({ id: 'o-1' })
})

test('half a reply is UNREACHABLE when the time is over', async () => {
  const call = api.client({ fetch: async () => halfAReply(), timeoutMs: 300 }).order.place.mutate(order)
  await expect(call).rejects.toMatchObject({ code: 'UNREACHABLE', status: undefined })
})

test('a key that the caller gave is kept', async () => {
  api.answer(networkError, data({}))
  await api.client().point.charge.mutate({ ...charge, idempotencyKey: 'my key' })
  expect(api.requests.map(({ calls }) => calls[0]?.input['idempotencyKey'])).toEqual(['my key', 'my key'])
})

test('each call has a key of its own', async () => {
  api.answer(data({}), data({}))
  const jumun = api.client()
  await Promise.all([jumun.order.place.mutate(order), jumun.order.place.mutate(order)])
  await jumun.point.use.mutate(charge)
  const keys = api.requests.flatMap(({ calls }) => calls.map(({ input }) => input['idempotencyKey']))
  expect(new Set(keys).size).toBe(3)
})

test('the key can be had from the error, to try again later', async () => {
  api.answer(networkError)
  const call = api.client({ timeoutMs: 40 }).point.charge.mutate(charge)
  const error = await call.catch((error) => error)
  if (!isJumunError(error, 'UNREACHABLE')) return expect.unreachable()
  expect(error.idempotencyKey).toBe(api.requests[0]?.calls[0]?.input['idempotencyKey'])
})

test('queries are asked again without a key', async () => {
  api.answer(networkError, data({ balance: 0 }))
  await api.client().point.balance.query({ memberId: 'mina' })
  expect(api.requests.map(({ calls }) => calls[0]?.input)).toEqual([{ memberId: 'mina' }, { memberId: 'mina' }])
})

test('pauses double up to 5 s, and half of them is random', () => {
  const error = new JumunError({ code: 'UNREACHABLE', message: '', details: {} })
  for (const [attempt, longestMs] of [
    [1, 100],
    [2, 200],
    [6, 3_200],
    [7, 5_000],
    [1_000, 5_000],
  ] as const) {
    const delays = Array.from({ length: 100 }, () => retryDelayMs(error, true, attempt) ?? 0)
    expect(new Set(delays).size).toBeGreaterThan(90)
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(longestMs / 2)
    expect(Math.max(...delays)).toBeLessThanOrEqual(longestMs)
    expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(longestMs / 4)
  }
})

test('it pauses before it calls again', async () => {
  api.answer(networkError, networkError, networkError, data({}))
  await api.client().product.byId.query({ productId: 1 })
  for (const [index, leastMs] of [50, 100, 200].entries()) expect(pauses()[index]).toBeGreaterThanOrEqual(leastMs - 1)
})

test.each(['UNAVAILABLE', 'TOO_MANY_REQUESTS'] as const)(
  'after %s it waits as long as the server asks',
  async (code) => {
    api.answer(refusal(code, { retryAfterSeconds: 1 }), data({ id: 'o-1' }))
    expect(await api.client().order.place.mutate(order)).toEqual({ id: 'o-1' })
    expect(pauses()[0]).toBeGreaterThanOrEqual(1_000)
  },
)

test('it does not wait for a server that asks for more time than there is', async () => {
  api.answer(refusal('UNAVAILABLE', { retryAfterSeconds: 60 }))
  const started = performance.now()
  await expect(api.client().order.place.mutate(order)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  expect(performance.now() - started).toBeLessThan(10_000)
})

test('a server that asks for no time at all is not hammered', async () => {
  const details = { retryAfterSeconds: undefined } as object as { retryAfterSeconds: number }
  api.answer(refusal('UNAVAILABLE', details))
  await expect(api.client().order.place.mutate(order)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
})

test('the last error is told when the time is over', async () => {
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

test('a reply that never comes is given up in time to ask again', async () => {
  api.answer(silence, data({ id: 'o-1' }))
  expect(await api.client({ timeoutMs: 900 }).order.place.mutate(order)).toEqual({ id: 'o-1' })
  expect(pauses()[0]).toBeGreaterThanOrEqual(299)
})

test('a server that never replies is UNREACHABLE when the time is over', async () => {
  api.answer(silence, silence, silence)
  const started = performance.now()
  const call = api.client({ timeoutMs: 1_200 }).product.list.query({})
  await expect(call).rejects.toMatchObject({ code: 'UNREACHABLE', message: 'No answer within 1 s.' })
  expect(performance.now() - started).toBeLessThan(10_000)
})

test('what cannot be made twice is given the whole time for its one reply', async () => {
  api.answer(async (request) => {
    await new Promise((resolve) => setTimeout(resolve, 400))
    return data({ ids: [1] })(request)
  })
  const items = [{ name: 'Tea', price: 1, stock: 1 }]
  expect(await api.client({ timeoutMs: 900 }).product.create.mutate({ items })).toEqual({ ids: [1] })
})

const tea = { name: 'Tea', price: 1, stock: 1 }
const unrepeatable = {
  'product.create': (jumun: ReturnType<typeof api.client>) =>
    jumun.product.create.mutate({ items: [tea, { ...tea, key: 'TEA-1' }] }),
  'product.update': (jumun: ReturnType<typeof api.client>) =>
    jumun.product.update.mutate({ productId: 1, stockDelta: 1 }),
  'product.remove': (jumun: ReturnType<typeof api.client>) => jumun.product.remove.mutate({ productId: 1 }),
  'cart.addItem': (jumun: ReturnType<typeof api.client>) =>
    jumun.cart.addItem.mutate({ memberId: 'mina', productId: 1, quantity: 1 }),
  'outbox.replay': (jumun: ReturnType<typeof api.client>) => jumun.outbox.replay.mutate({ ids: ['e-1'] }),
}

test.each(Object.entries(unrepeatable))('%s is not made again after a lost reply', async (_name, call) => {
  api.answer(networkError, refusal('UNAVAILABLE', { retryAfterSeconds: 1 }))
  const jumun = api.client()
  await expect(call(jumun)).rejects.toMatchObject({ code: 'UNREACHABLE', idempotencyKey: undefined })
  await expect(call(jumun)).rejects.toMatchObject({ code: 'UNAVAILABLE', idempotencyKey: undefined })
})

test.each(Object.entries(unrepeatable))('%s is made again when it came too fast', async (_name, call) => {
  api.answer(refusal('TOO_MANY_REQUESTS', { retryAfterSeconds: 1 }), data({ done: true }))
  expect(await call(api.client())).toEqual({ done: true })
})

const idempotent = {
  'product.create with keys': (jumun: ReturnType<typeof api.client>) =>
    jumun.product.create.mutate({ items: [{ ...tea, key: 'TEA-1' }] }),
  'cart.setItem': (jumun: ReturnType<typeof api.client>) =>
    jumun.cart.setItem.mutate({ memberId: 'mina', productId: 1, quantity: 1 }),
  'cart.removeItem': (jumun: ReturnType<typeof api.client>) =>
    jumun.cart.removeItem.mutate({ memberId: 'mina', productId: 1 }),
  'cart.clear': (jumun: ReturnType<typeof api.client>) => jumun.cart.clear.mutate({ memberId: 'mina' }),
  'order.cancel': (jumun: ReturnType<typeof api.client>) => jumun.order.cancel.mutate({ orderId: 'o-1' }),
  'admin.reconcile': (jumun: ReturnType<typeof api.client>) => jumun.admin.reconcile.mutate({}),
}

test.each(Object.entries(idempotent))('%s is made again after a lost reply', async (_name, call) => {
  api.answer(networkError, data({ done: true }))
  expect(await call(api.client())).toEqual({ done: true })
})

test.each([
  ['seconds', () => '1'],
  ['a date', () => new Date(Date.now() + 2_000).toUTCString()],
])('a proxy that asks for time in %s is given it', async (_form, retryAfter) => {
  const slowDown = () => new Response('<h1>Slow down</h1>', { status: 429, headers: { 'retry-after': retryAfter() } })
  api.answer(slowDown, data({ id: 'o-1' }))
  expect(await api.client().order.place.mutate(order)).toEqual({ id: 'o-1' })
  expect(pauses()[0]).toBeGreaterThanOrEqual(900)
})

test('how long a proxy asked to wait can be had from the error', async () => {
  api.answer(reply('{"message":"Maintenance"}', { status: 503, headers: { 'retry-after': '600' } }))
  const error = await api
    .client()
    .order.place.mutate(order)
    .catch((error) => error)
  expect(error).toMatchObject({ code: 'UNREACHABLE', status: 503, details: { retryAfterSeconds: 600 } })
})

test('a refusal is final', async () => {
  const jumun = api.client()
  for (const code of ['CART_EMPTY', 'IDEMPOTENCY_KEY_REUSED', 'UNAUTHENTICATED', 'FORBIDDEN', 'INTERNAL'] as const) {
    api.answer(refusal(code, {}))
    await expect(jumun.order.place.mutate(order)).rejects.toMatchObject({ code })
  }
  expect(api.requests).toHaveLength(5)
})

test('of a batch only the call that failed is made again', async () => {
  api.answer(({ calls }) => {
    const problem = { code: 'UNAVAILABLE', status: 503, detail: '', requestId: '', retryAfterSeconds: 0.1 }
    const error = { message: '', code: -32_000, data: { httpStatus: 503, problem } }
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
