import { DomainError } from '@jumun/domain'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import type { Caller } from '../auth/tokens.ts'

const WINDOW_SECONDS = 1

/** Counts a call and sets the `RateLimit` headers. Throws `TOO_MANY_REQUESTS` above the limit. */
export type LimitRate = (options: {
  caller: Caller | undefined
  address: string
  setHeader: (name: string, value: string) => void
}) => Promise<void>

/**
 * Limits the calls of each member, and of each address without a token, in a fixed window of one second. Admins are not
 * limited. The headers follow https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/ (10): quota and window
 * in seconds, remaining calls, and seconds until the window ends.
 *
 * @param callsPerSecond 0: no limit
 */
export function rateLimit(callsPerSecond: number): LimitRate {
  if (callsPerSecond === 0) return async () => {}
  const limiter = new RateLimiterMemory({ points: callsPerSecond, duration: WINDOW_SECONDS })
  const policy = `"calls";q=${callsPerSecond};w=${WINDOW_SECONDS}`
  return async ({ caller, address, setHeader }) => {
    if (caller?.role === 'admin') return
    const key = caller ? `member ${caller.memberId}` : `address ${address}`
    // The limiter throws the same kind of result when a key is above its limit.
    const state = await limiter.consume(key).catch((error: unknown) => error)
    if (!(state instanceof RateLimiterRes)) throw state
    const retryAfterSeconds = Math.max(1, Math.ceil(state.msBeforeNext / 1000))
    setHeader('ratelimit-policy', policy)
    setHeader('ratelimit', `"calls";r=${state.remainingPoints};t=${retryAfterSeconds}`)
    if (state.consumedPoints > callsPerSecond) {
      throw new DomainError('TOO_MANY_REQUESTS', `More than ${callsPerSecond} calls a second.`, { retryAfterSeconds })
    }
  }
}
