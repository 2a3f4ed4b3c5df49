import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Pace } from '../../src/delivery/delivery-throttle.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

const taken = { delivered: 500, failed: 0, unanswered: 0, buried: 0 }
const outage = { delivered: 0, failed: 500, unanswered: 500, buried: 0 }

/** The rest after so many failures in a row. */
function restAfter(failures: number): number {
  const pace = new Pace()
  for (let failure = 0; failure < failures; failure++) pace.note(outage)
  return pace.restMs
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
  const pace = new Pace()
  for (let failure = 0; failure < 10; failure++) pace.note(outage)
  vi.advanceTimersByTime(5_250)
  expect(pace.restMs).toBe(0)
  pace.note(taken)
  expect(pace.restMs).toBe(0)
  pace.note(outage)
  expect(pace.restMs).toBeLessThanOrEqual(750)
})

test('batches become smaller while the platform says nothing, and grow again bit by bit', () => {
  const pace = new Pace()
  const sizes: number[] = [pace.limit]
  for (let failure = 0; failure < 12; failure++) {
    pace.note(outage)
    sizes.push(pace.limit)
  }
  expect(sizes).toEqual([500, 250, 125, 63, 32, 16, 8, 4, 2, 1, 1, 1, 1])
  let batches = 0
  for (; pace.limit < 500; batches++) pace.note(taken)
  expect(batches).toBeGreaterThan(15)
  expect(batches).toBeLessThan(30)
})

test('a platform that rejects an event works: nobody else has to wait for it', () => {
  const pace = new Pace()
  for (let times = 0; times < 100; times++) pace.note({ delivered: 0, failed: 1, unanswered: 0, buried: 0 })
  expect(pace.restMs).toBe(0)
  expect(pace.limit).toBe(500)
})

test('an outbox that cannot be reached is left alone for a while', () => {
  const pace = new Pace()
  pace.rest()
  expect(pace.restMs).toBeGreaterThanOrEqual(250)
  expect(pace.limit).toBe(500)
})

test('after a batch that took all there were, events gather for a tenth of a second', () => {
  const pace = new Pace()
  pace.gather()
  expect(pace.restMs).toBe(100)
  for (let failure = 0; failure < 5; failure++) pace.note(outage)
  const { restMs } = pace
  pace.gather()
  expect(pace.restMs).toBe(restMs)
})

test('a platform works for a minute after its last delivery', () => {
  const pace = new Pace()
  expect(pace.platformWorks).toBe(false)
  pace.note(taken)
  vi.advanceTimersByTime(59_000)
  pace.note(outage)
  expect(pace.platformWorks).toBe(true)
  vi.advanceTimersByTime(1_001)
  expect(pace.platformWorks).toBe(false)
})

test('a look at an empty outbox says nothing about the platform', () => {
  const pace = new Pace()
  for (let failure = 0; failure < 5; failure++) {
    pace.note(outage)
    pace.note({ delivered: 0, failed: 0, unanswered: 0, buried: 0 })
  }
  vi.advanceTimersByTime(5_250)
  const rests = Array.from({ length: 20 }, () => {
    pace.note(outage)
    return pace.restMs
  })
  expect(Math.max(...rests)).toBeGreaterThan(2_000)
  expect(pace.limit).toBe(1)
})
