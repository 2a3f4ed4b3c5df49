import { isJumunError } from '../errors.ts'

const FIRST_BACKOFF_MS = 100
/** Short enough for several attempts late in a call's 30 s, so that the call outlasts a failover of the database, which may take 25 s. */
export const CALL_MAX_BACKOFF_MS = 2_000
/** Followers of the feed have no time limit, and may be many thousands. */
export const FEED_MAX_BACKOFF_MS = 5_000

/**
 * Returns how long to wait before a failed call is retried: the `Retry-After` of the server or a proxy, plus the backoff.
 *
 * @param repeatable whether the call may be repeated after an unknown outcome, because it reads, has an idempotency key or is idempotent
 * @param attempt the number of attempts so far, from 1
 * @param random draws the jitter, from 0 up to 1
 * @param maxBackoffMs the longest backoff, in milliseconds
 * @returns milliseconds; undefined if the call must not be retried
 */
export function retryDelayMs(
  error: unknown,
  repeatable: boolean,
  attempt: number,
  random: () => number,
  maxBackoffMs: number,
): number | undefined {
  const backoffMs = () => jitteredBackoffMs(attempt, random, maxBackoffMs)
  // The rate limit refuses a call before it has any effect. UNAVAILABLE may mean that the server lost the reply to its COMMIT.
  if (isJumunError(error, 'TOO_MANY_REQUESTS') || (repeatable && isJumunError(error, 'UNAVAILABLE'))) {
    return error.details.retryAfterSeconds * 1_000 + backoffMs()
  }
  if (repeatable && isJumunError(error, 'UNREACHABLE')) {
    const { status, details } = error
    const isTransient = status === undefined || status >= 500 || status === 429
    return isTransient ? (details.retryAfterSeconds ?? 0) * 1_000 + backoffMs() : undefined
  }
  return undefined
}

/** Doubles with each attempt. Half of it is random jitter, so that clients that failed together do not retry together. */
function jitteredBackoffMs(attempt: number, random: () => number, maxBackoffMs: number): number {
  const maxMs = Math.min(maxBackoffMs, FIRST_BACKOFF_MS * 2 ** (attempt - 1))
  return maxMs / 2 + (random() * maxMs) / 2
}
