import { expect, test } from 'vitest'
import { data, networkError, refusal, silence, useFakeApi } from '../test-support/fake-api.ts'

const api = useFakeApi()

/** Cancels as soon as a request has come. */
async function abortWhenSeen(stop: AbortController): Promise<void> {
  await expect.poll(() => api.requests, { timeout: 10_000 }).toHaveLength(1)
  stop.abort()
}

test('a call can be cancelled while it waits for its reply', async () => {
  api.answer(silence)
  const stop = new AbortController()
  const call = api.client().order.place.mutate({ memberId: 'mina', items: [] }, { signal: stop.signal })
  abortWhenSeen(stop)
  await expect(call).rejects.toMatchObject({
    code: 'ABORTED',
    message: 'The call was cancelled.',
    status: undefined,
    idempotencyKey: expect.stringMatching(/^[0-9a-f]{32}$/),
    cause: { name: 'AbortError' },
  })
})

test('a call can be cancelled while it pauses before it is made again', async () => {
  api.answer(refusal('UNAVAILABLE', { retryAfterSeconds: 20 }))
  const stop = new AbortController()
  const started = performance.now()
  const call = api.client().product.list.query({}, { signal: stop.signal })
  setTimeout(abortWhenSeen, 50, stop)
  await expect(call).rejects.toMatchObject({ code: 'ABORTED', cause: { name: 'AbortError' } })
  expect(performance.now() - started).toBeLessThan(10_000)
})

test('a call that is cancelled beforehand is not made', async () => {
  const call = api.client().product.list.query({}, { signal: AbortSignal.abort() })
  await expect(call).rejects.toMatchObject({ code: 'ABORTED' })
  expect(api.requests).toHaveLength(0)
})

test('cancelling lets go of the connection', async () => {
  const aborted = Promise.withResolvers<void>()
  const fetch = (_url: string, init?: RequestInit) => {
    init?.signal?.addEventListener('abort', () => aborted.resolve())
    return new Promise<Response>(() => {})
  }
  const call = api.client({ fetch }).product.list.query({}, { signal: AbortSignal.timeout(50) })
  await expect(call).rejects.toMatchObject({ code: 'ABORTED' })
  await aborted.promise
})

test('one cancelled call leaves the others of its batch alone', async () => {
  api.answer(async (request) => {
    await new Promise((resolve) => setTimeout(resolve, 100))
    return data('here')(request)
  })
  const jumun = api.client()
  const one = jumun.product.byId.query({ productId: 1 }, { signal: AbortSignal.timeout(20) })
  const other = jumun.product.byId.query({ productId: 2 })
  await expect(one).rejects.toMatchObject({ code: 'ABORTED' })
  expect(await other).toBe('here')
})

test('a signal that outlives its calls has no listeners left', async () => {
  const { signal } = new AbortController()
  let listeners = 0
  const add = signal.addEventListener.bind(signal)
  signal.addEventListener = (...listener: Parameters<typeof add>) => {
    listeners++
    add(...listener)
  }
  api.answer(networkError, data({}))
  await api.client().product.byId.query({ productId: 1 }, { signal })
  expect(listeners).toBe(0)
})
