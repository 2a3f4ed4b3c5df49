import { isJumunError } from '../errors.ts'

const FIRST_BACKOFF_MS = 100
const MAX_BACKOFF_MS = 5_000

/**
 * How long to wait before a failed call is made again.
 *
 * @param repeatable whether the call may have its effect twice without harm: it reads, has an idempotency key, or sets what is set already
 * @param attempt 1 for the first
 * @returns milliseconds; undefined when it must not be made again
 */
export function retryDelayMs(error: unknown, repeatable: boolean, attempt: number): number | undefined {
  // Too many calls are refused before they have any effect; whoever says UNAVAILABLE may have lost the reply to a commit.
  if (isJumunError(error, 'TOO_MANY_REQUESTS') || (repeatable && isJumunError(error, 'UNAVAILABLE'))) {
    return error.details.retryAfterSeconds * 1_000 + backoffMs(attempt)
  }
  if (repeatable && isJumunError(error, 'UNREACHABLE')) {
    const { status, details } = error
    const maySoonBeBack = status === undefined || status >= 500 || status === 429
    return maySoonBeBack ? (details.retryAfterSeconds ?? 0) * 1_000 + backoffMs(attempt) : undefined
  }
  return undefined
}

/** Doubles with each attempt. Half of it is random, so that clients that failed together do not come back together. */
function backoffMs(attempt: number): number {
  const longest = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (attempt - 1))
  return longest / 2 + (Math.random() * longest) / 2
}
