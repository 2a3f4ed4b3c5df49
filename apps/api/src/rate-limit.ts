import { DomainError } from '@jumun/domain'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import type { Caller } from './tokens.ts'

const WINDOW_SECONDS = 1

/** Counts a call of this caller. Throws `TOO_MANY_REQUESTS` when there were too many in the last second. */
export type LimitRate = (caller: Caller | undefined, address: string) => Promise<void>

/**
 * Limits each member, and each address without a token, to a number of calls a second. Admins are not limited.
 *
 * @param callsPerSecond 0: no limit
 */
export function rateLimit(callsPerSecond: number): LimitRate {
  if (callsPerSecond === 0) return async () => {}
  const limiter = new RateLimiterMemory({ points: callsPerSecond, duration: WINDOW_SECONDS })
  return async (caller, address) => {
    if (caller?.role === 'admin') return
    try {
      await limiter.consume(caller ? `member ${caller.memberId}` : `address ${address}`)
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal
      const retryAfterSeconds = Math.max(1, Math.ceil(refusal.msBeforeNext / 1000))
      throw new DomainError('TOO_MANY_REQUESTS', `More than ${callsPerSecond} calls a second.`, { retryAfterSeconds })
    }
  }
}
