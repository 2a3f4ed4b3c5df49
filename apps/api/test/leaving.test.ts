import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Readiness } from '../src/http/readiness.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Seconds for which a process serves after it has begun to leave. */
async function secondsUntilGone(readiness: Readiness): Promise<number> {
  const started = performance.now()
  const gone = readiness.leave().then(() => performance.now())
  await vi.runAllTimersAsync()
  return Math.round(((await gone) - started) / 1_000)
}

const isReady = async () => true

test.each([
  ['five seconds if a load balancer has asked lately', undefined, 14_000, 5],
  ['not at all if none has asked lately', undefined, 16_000, 0],
  ['as long as the setting says', 30, 16_000, 30],
  ['not at all if the setting is 0', 0, 1_000, 0],
] as const)('a process that leaves still serves %s', async (_, setting, askedMsAgo, seconds) => {
  const readiness = new Readiness(isReady, setting === undefined ? undefined : setting * 1_000)
  expect(await readiness.read()).toBe('ok')
  vi.advanceTimersByTime(askedMsAgo)
  expect(await secondsUntilGone(readiness)).toBe(seconds)
  expect(await readiness.read()).toBe('draining')
})

test('a process that nobody has ever asked leaves at once', async () => {
  expect(await secondsUntilGone(new Readiness(isReady, undefined))).toBe(0)
})
