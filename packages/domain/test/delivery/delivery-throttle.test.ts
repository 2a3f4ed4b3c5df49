import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { DeliveryThrottle } from '../../src/delivery/delivery-throttle.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

const taken = { delivered: 500, failed: 0, unanswered: 0, deadLettered: 0 }
const outage = { delivered: 0, failed: 500, unanswered: 500, deadLettered: 0 }

/** The rest after so many failures in a row. */
function restAfter(failures: number): number {
  const throttle = new DeliveryThrottle()
  for (let failure = 0; failure < failures; failure++) throttle.record(outage)
  return throttle.backoffMs
}

test('rests grow from a quarter of a second to five, and differ', () => {
  for (const [failures, maxMs] of [
    [1, 750],
    [2, 1_250],
    [3, 2_250],
    [4, 4_250],
    [5, 5_250],
    [1_000, 5_250],
  ] as const) {
    const rests = Array.from({ length: 200 }, () => restAfter(failures))
    expect(Math.min(...rests)).toBeGreaterThanOrEqual(250)
    expect(Math.max(...rests)).toBeLessThanOrEqual(maxMs)
    expect(Math.max(...rests)).toBeGreaterThan(maxMs * 0.7)
    expect(new Set(rests).size).toBeGreaterThan(150)
  }
})

test('after a delivery there is no rest, and the next one begins small again', () => {
  const throttle = new DeliveryThrottle()
  for (let failure = 0; failure < 10; failure++) throttle.record(outage)
  vi.advanceTimersByTime(5_250)
  expect(throttle.backoffMs).toBe(0)
  throttle.record(taken)
  expect(throttle.backoffMs).toBe(0)
  throttle.record(outage)
  expect(throttle.backoffMs).toBeLessThanOrEqual(750)
})

test('batches become smaller while the platform says nothing, and grow again bit by bit', () => {
  const throttle = new DeliveryThrottle()
  const sizes: number[] = [throttle.limit]
  for (let failure = 0; failure < 12; failure++) {
    throttle.record(outage)
    sizes.push(throttle.limit)
  }
  expect(sizes).toEqual([500, 250, 125, 63, 32, 16, 8, 4, 2, 1, 1, 1, 1])
  let batches = 0
  for (; throttle.limit < 500; batches++) throttle.record(taken)
  expect(batches).toBeGreaterThan(15)
  expect(batches).toBeLessThan(30)
})

test('a platform that rejects an event works: nobody else has to wait for it', () => {
  const throttle = new DeliveryThrottle()
  for (let times = 0; times < 100; times++) throttle.record({ delivered: 0, failed: 1, unanswered: 0, deadLettered: 0 })
  expect(throttle.backoffMs).toBe(0)
  expect(throttle.limit).toBe(500)
})

test('an outbox that cannot be reached is left alone for a while', () => {
  const throttle = new DeliveryThrottle()
  throttle.backOff()
  expect(throttle.backoffMs).toBeGreaterThanOrEqual(250)
  expect(throttle.limit).toBe(500)
})

test('after a batch that took all there were, events gather for a tenth of a second', () => {
  const throttle = new DeliveryThrottle()
  throttle.linger()
  expect(throttle.backoffMs).toBe(100)
  for (let failure = 0; failure < 5; failure++) throttle.record(outage)
  const { backoffMs } = throttle
  throttle.linger()
  expect(throttle.backoffMs).toBe(backoffMs)
})

test('a platform works for a minute after its last delivery', () => {
  const throttle = new DeliveryThrottle()
  expect(throttle.platformWorks).toBe(false)
  throttle.record(taken)
  vi.advanceTimersByTime(59_000)
  throttle.record(outage)
  expect(throttle.platformWorks).toBe(true)
  vi.advanceTimersByTime(1_001)
  expect(throttle.platformWorks).toBe(false)
})

test('a look at an empty outbox says nothing about the platform', () => {
  const throttle = new DeliveryThrottle()
  for (let failure = 0; failure < 5; failure++) {
    throttle.record(outage)
    throttle.record({ delivered: 0, failed: 0, unanswered: 0, deadLettered: 0 })
  }
  vi.advanceTimersByTime(5_250)
  const rests = Array.from({ length: 20 }, () => {
    throttle.record(outage)
    return throttle.backoffMs
  })
  expect(Math.max(...rests)).toBeGreaterThan(2_000)
  expect(throttle.limit).toBe(1)
})
