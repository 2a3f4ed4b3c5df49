import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { DeliveryThrottle } from '../../src/delivery/delivery-throttle.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

const accepted = { delivered: 500, failed: 0, unanswered: 0, deadLettered: 0 }
const outage = { delivered: 0, failed: 500, unanswered: 500, deadLettered: 0 }

/** The backoff after a number of failures in a row. */
function backoffAfter(failures: number): number {
  const throttle = new DeliveryThrottle()
  for (let failure = 0; failure < failures; failure++) throttle.record(outage)
  return throttle.backoffMs
}

test('the backoff grows from a quarter of a second to five seconds, with jitter', () => {
  for (const [failures, maxMs] of [
    [1, 750],
    [2, 1_250],
    [3, 2_250],
    [4, 4_250],
    [5, 5_250],
    [1_000, 5_250],
  ] as const) {
    const backoffs = Array.from({ length: 200 }, () => backoffAfter(failures))
    expect(Math.min(...backoffs)).toBeGreaterThanOrEqual(250)
    expect(Math.max(...backoffs)).toBeLessThanOrEqual(maxMs)
    expect(Math.max(...backoffs)).toBeGreaterThan(maxMs * 0.7)
    expect(new Set(backoffs).size).toBeGreaterThan(150)
  }
})

test('a delivery ends the backoff, and the next backoff starts small again', () => {
  const throttle = new DeliveryThrottle()
  for (let failure = 0; failure < 10; failure++) throttle.record(outage)
  vi.advanceTimersByTime(5_250)
  expect(throttle.backoffMs).toBe(0)
  throttle.record(accepted)
  expect(throttle.backoffMs).toBe(0)
  throttle.record(outage)
  expect(throttle.backoffMs).toBeLessThanOrEqual(750)
})

test('batches shrink while the platform does not answer, and grow again gradually', () => {
  const throttle = new DeliveryThrottle()
  const sizes: number[] = [throttle.limit]
  for (let failure = 0; failure < 12; failure++) {
    throttle.record(outage)
    sizes.push(throttle.limit)
  }
  expect(sizes).toEqual([500, 250, 125, 63, 32, 16, 8, 4, 2, 1, 1, 1, 1])
  let batches = 0
  for (; throttle.limit < 500; batches++) throttle.record(accepted)
  expect(batches).toBeGreaterThan(15)
  expect(batches).toBeLessThan(30)
})

test('a rejected event causes no backoff, because the platform works', () => {
  const throttle = new DeliveryThrottle()
  for (let times = 0; times < 100; times++) throttle.record({ delivered: 0, failed: 1, unanswered: 0, deadLettered: 0 })
  expect(throttle.backoffMs).toBe(0)
  expect(throttle.limit).toBe(500)
})

test('an unreachable outbox causes a backoff, and leaves the batch size unchanged', () => {
  const throttle = new DeliveryThrottle()
  throttle.backOff()
  expect(throttle.backoffMs).toBeGreaterThanOrEqual(250)
  expect(throttle.limit).toBe(500)
})

test('after a batch that emptied the outbox, the relay lingers for a tenth of a second, so that the next batch is larger', () => {
  const throttle = new DeliveryThrottle()
  throttle.linger()
  expect(throttle.backoffMs).toBe(100)
  for (let failure = 0; failure < 5; failure++) throttle.record(outage)
  const { backoffMs } = throttle
  throttle.linger()
  expect(throttle.backoffMs).toBe(backoffMs)
})

test('the platform counts as working for a minute after the last delivery', () => {
  const throttle = new DeliveryThrottle()
  expect(throttle.platformWorks).toBe(false)
  throttle.record(accepted)
  vi.advanceTimersByTime(59_000)
  throttle.record(outage)
  expect(throttle.platformWorks).toBe(true)
  vi.advanceTimersByTime(1_001)
  expect(throttle.platformWorks).toBe(false)
})

test('an empty outbox changes neither the backoff nor the batch size', () => {
  const throttle = new DeliveryThrottle()
  for (let failure = 0; failure < 5; failure++) {
    throttle.record(outage)
    throttle.record({ delivered: 0, failed: 0, unanswered: 0, deadLettered: 0 })
  }
  vi.advanceTimersByTime(5_250)
  const backoffs = Array.from({ length: 20 }, () => {
    throttle.record(outage)
    return throttle.backoffMs
  })
  expect(Math.max(...backoffs)).toBeGreaterThan(2_000)
  expect(throttle.limit).toBe(1)
})
