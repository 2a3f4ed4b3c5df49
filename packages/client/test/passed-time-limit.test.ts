import { expect, test, vi } from 'vitest'
import { networkError, useFakeApi } from '../test-support/fake-api.ts'
import { useFastTimers } from '../test-support/fast-timers.ts'

const api = useFakeApi()
useFastTimers()

const order = { memberId: 'mina', items: [{ productId: 1, quantity: 1 }] }

test('a call whose time limit has passed fails at once: it sends nothing and sets no timer of negative time', async () => {
  const { setTimeout: fake } = globalThis
  const waits: number[] = []
  // Not a spy: its restoration by a later `restoreAllMocks` would bring the fake timers back.
  globalThis.setTimeout = ((callback: () => void, ms = 0) => {
    waits.push(ms)
    return fake(callback, ms)
  }) as typeof setTimeout
  const call = api.client({ timeoutMs: 20 }).order.place.mutate(order)
  // As on a busy machine: the first timer of the call fires after the time limit.
  vi.advanceTimersByTime(1_000)
  await expect(call).rejects.toMatchObject({ code: 'UNREACHABLE', isOutcomeUnknown: false })
  globalThis.setTimeout = fake
  expect(api.requests).toEqual([])
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(0)
})

test('a call that wakes up after its time limit rejects with its last error', async () => {
  api.respond(networkError)
  const random = () => {
    queueMicrotask(() => vi.advanceTimersByTime(1_000))
    return 0
  }
  const call = api.client({ timeoutMs: 300, random }).order.place.mutate(order)
  await expect(call).rejects.toMatchObject({ message: 'http://jumun.test cannot be reached: other side closed.' })
})
