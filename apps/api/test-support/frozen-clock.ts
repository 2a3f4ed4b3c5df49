import { afterEach, beforeEach, vi } from 'vitest'

/** Longer than a caller pays for its calls. */
const PAUSE_MS = 60_000

/**
 * Stops the rate limiter's clock in the test file that calls it, so that a slow machine gives no calls back. Every test begins with all calls
 * left.
 */
export function freezeClock(): { advance(ms: number): void } {
  let now = performance.now()
  beforeEach(() => {
    now += PAUSE_MS
    vi.spyOn(performance, 'now').mockImplementation(() => now)
  })
  afterEach(() => void vi.restoreAllMocks())
  return {
    advance(ms) {
      now += ms
    },
  }
}
