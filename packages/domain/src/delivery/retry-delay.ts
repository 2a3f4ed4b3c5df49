/** The longest delay before an event is sent again. */
const RETRY_DELAY_MAX_SECONDS = 10

/**
 * The delay before an event that was not accepted is sent again, as SQL: 2 s after the first attempt, then doubled up to 10 s. Jitter takes
 * up to half of it away, so that events that failed together are not all sent together.
 *
 * @param attempts SQL for how often it was sent
 */
export function retryDelay(attempts: string): string {
  return `least(2 ^ least(${attempts}, 10), ${RETRY_DELAY_MAX_SECONDS}) * (0.5 + random() / 2) * interval '1 second'`
}
