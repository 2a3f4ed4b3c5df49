import { expect, onTestFinished, test, vi } from 'vitest'
import { data, networkError, problem, silence, useFakeApi } from '../test-support/fake-api.ts'

const api = useFakeApi()

test('a call can be cancelled during its request', async () => {
  api.respond(silence)
  const stop = new AbortController()
  const call = api.client().order.place.mutate({ memberId: 'mina', items: [] }, { signal: stop.signal })
  await expect.poll(() => api.requests).toHaveLength(1)
  stop.abort()
  await expect(call).rejects.toMatchObject({
    code: 'ABORTED',
    message: 'The call was cancelled.',
    status: undefined,
    idempotencyKey: expect.stringMatching(/^[0-9a-f]{32}$/),
    cause: { name: 'AbortError' },
  })
})

test('a call can be cancelled during its backoff', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  onTestFinished(() => void vi.useRealTimers())
  api.respond(problem('UNAVAILABLE', { retryAfterSeconds: 20 }))
  const stop = new AbortController()
  const started = performance.now()
  const call = api.client().product.list.query({}, { signal: stop.signal })
  const rejected = expect(call).rejects.toMatchObject({ code: 'ABORTED', cause: { name: 'AbortError' } })
  await vi.advanceTimersByTimeAsync(1_000)
  expect(api.requests).toHaveLength(1)
  stop.abort()
  await rejected
  expect(performance.now() - started).toBeLessThan(10_000)
})

test('a call that is cancelled beforehand is not sent', async () => {
  const call = api.client().product.list.query({}, { signal: AbortSignal.abort() })
  await expect(call).rejects.toMatchObject({ code: 'ABORTED' })
  expect(api.requests).toHaveLength(0)
})

test('cancelling aborts the request', async () => {
  const aborted = Promise.withResolvers<void>()
  const fetch = (_url: string, init?: RequestInit) => {
    init?.signal?.addEventListener('abort', () => aborted.resolve())
    return new Promise<Response>(() => {})
  }
  const call = api.client({ fetch }).product.list.query({}, { signal: AbortSignal.timeout(50) })
  await expect(call).rejects.toMatchObject({ code: 'ABORTED' })
  await aborted.promise
})

test('cancelling one call of a batch does not affect the others', async () => {
  api.respond(async (request) => {
    await new Promise((resolve) => setTimeout(resolve, 100))
    return data('here')(request)
  })
  const jumun = api.client()
  const one = jumun.product.byId.query({ productId: 1 }, { signal: AbortSignal.timeout(20) })
  const other = jumun.product.byId.query({ productId: 2 })
  await expect(one).rejects.toMatchObject({ code: 'ABORTED' })
  expect(await other).toBe('here')
})

test('no listener of a signal outlives its call', async () => {
  const { signal } = new AbortController()
  let listeners = 0
  const add = signal.addEventListener.bind(signal)
  signal.addEventListener = (...listener: Parameters<typeof add>) => {
    listeners++
    add(...listener)
  }
  api.respond(networkError, data({}))
  await api.client().product.byId.query({ productId: 1 }, { signal })
  expect(listeners).toBe(0)
})
