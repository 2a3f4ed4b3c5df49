import { DomainError } from '@jumun/domain'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import type { Caller } from '../auth/tokens.ts'

const WINDOW_SECONDS = 1

/**
 * Counts a call of this caller, and says in headers how many are left. Throws `TOO_MANY_REQUESTS` when there were too many
 * in the last second.
 */
export type LimitRate = (options: {
  caller: Caller | undefined
  address: string
  setHeader: (name: string, value: string) => void
}) => Promise<void>

/**
 * Limits each member, and each address without a token, to a number of calls a second. Admins are not limited. The headers
 * are those of https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/ (10): the quota in a window of
 * seconds, what remains of it, and the seconds until it is whole again.
 *
 * @param callsPerSecond 0: no limit
 */
export function rateLimit(callsPerSecond: number): LimitRate {
  if (callsPerSecond === 0) return async () => {}
  const limiter = new RateLimiterMemory({ points: callsPerSecond, duration: WINDOW_SECONDS })
  const policy = `"calls";q=${callsPerSecond};w=${WINDOW_SECONDS}`
  return async ({ caller, address, setHeader }) => {
    if (caller?.role === 'admin') return
    const consumption = limiter.consume(caller ? `member ${caller.memberId}` : `address ${address}`)
    const state = await consumption.catch((refusal: unknown) => refusal)
    if (!(state instanceof RateLimiterRes)) throw state
    const retryAfterSeconds = Math.max(1, Math.ceil(state.msBeforeNext / 1000))
    setHeader('ratelimit-policy', policy)
    setHeader('ratelimit', `"calls";r=${state.remainingPoints};t=${retryAfterSeconds}`)
    if (state.consumedPoints > callsPerSecond) {
      throw new DomainError('TOO_MANY_REQUESTS', `More than ${callsPerSecond} calls a second.`, { retryAfterSeconds })
    }
  }
}
