import { BATCH_SIZE_MAX, type Delivery } from './deliver-batch.ts'

const BACKOFF_MIN_MS = 250
const BACKOFF_MAX_MS = 5_000

/**
 * At most ten batches a second when events arrive one by one: a request for every few events would take processor time from
 * the orders, and no event needs to be faster.
 */
const LINGER_MS = 100

/** How long one delivery counts as evidence that the platform works. */
const WORKS_FOR_MS = 60_000

/**
 * Limits how fast a relay sends: full batches without a pause while the platform accepts them, smaller batches and
 * exponential backoff while it does not, so that a slow or recovering platform is not overloaded.
 */
export class DeliveryThrottle {
  #limit = BATCH_SIZE_MAX
  #failures = 0
  #waitUntil = 0
  #deliveredAt = Number.NEGATIVE_INFINITY

  /** The most events to claim next, 1 to 500. */
  get limit(): number {
    return this.#limit
  }

  /** How long to wait before the next batch, 0 to 5,250 ms. */
  get backoffMs(): number {
    return Math.max(0, this.#waitUntil - performance.now())
  }

  /** Whether the platform has accepted events in the last minute. */
  get platformWorks(): boolean {
    return performance.now() - this.#deliveredAt < WORKS_FOR_MS
  }

  /** Adapts the limit and the backoff to the result of a batch. */
  record({ delivered, failed, unanswered }: Delivery): void {
    if (delivered > 0) this.#deliveredAt = performance.now()
    if (unanswered > 0) this.#limit = Math.ceil(this.#limit / 2)
    else if (delivered > 0) this.#limit = Math.min(BATCH_SIZE_MAX, Math.ceil(this.#limit * 1.25))
    const answered = delivered + failed - unanswered
    if (answered > 0) this.#failures = 0
    else if (unanswered > 0) this.backOff()
  }

  /** Lets the next events collect for 100 ms, after a batch that emptied the outbox. */
  linger(): void {
    this.#waitUntil = Math.max(this.#waitUntil, performance.now() + LINGER_MS)
  }

  /** Backs off after a failure: exponentially, with jitter so that several relays do not retry at the same moment. */
  backOff(): void {
    this.#failures++
    const spreadMs = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** this.#failures)
    this.#waitUntil = performance.now() + BACKOFF_MIN_MS + Math.random() * spreadMs
  }
}
