import { BATCH_SIZE_MAX, type Delivery } from './deliver-batch.ts'

const REST_MIN_MS = 250
const REST_MAX_MS = 5_000

/**
 * Events that come one after the other go together, ten times a second: a request for every few of them would take time
 * from the orders that it saves nobody.
 */
const GATHER_MS = 100

/** How long a delivery proves that the platform works. */
const WORKS_FOR_MS = 60_000

/**
 * How fast a relay goes: at full speed while the platform takes what it is sent, in ever smaller steps and longer rests
 * while it does not, so that one that is slow or has just come back is not overrun.
 */
export class Pace {
  #limit = BATCH_SIZE_MAX
  #failures = 0
  #restUntil = 0
  #deliveredAt = Number.NEGATIVE_INFINITY

  /** How many events to take next, 1 to 500. */
  get limit(): number {
    return this.#limit
  }

  /** How long to rest before the next batch, 0 to 5,250. */
  get restMs(): number {
    return Math.max(0, this.#restUntil - performance.now())
  }

  /** Whether the platform has taken events in the last minute. */
  get platformWorks(): boolean {
    return performance.now() - this.#deliveredAt < WORKS_FOR_MS
  }

  /** Learns from a batch. */
  note({ delivered, failed, unanswered }: Delivery): void {
    if (delivered > 0) this.#deliveredAt = performance.now()
    if (unanswered > 0) this.#limit = Math.ceil(this.#limit / 2)
    else if (delivered > 0) this.#limit = Math.min(BATCH_SIZE_MAX, Math.ceil(this.#limit * 1.25))
    const answered = delivered + failed - unanswered
    if (answered > 0) this.#failures = 0
    else if (unanswered > 0) this.rest()
  }

  /** Lets the events gather that come next, after a batch that took all there were. */
  gather(): void {
    this.#restUntil = Math.max(this.#restUntil, performance.now() + GATHER_MS)
  }

  /** Rests after a failure: exponential, with jitter, so that several relays do not knock at the same moment. */
  rest(): void {
    this.#failures++
    const spreadMs = Math.min(REST_MAX_MS, REST_MIN_MS * 2 ** this.#failures)
    this.#restUntil = performance.now() + REST_MIN_MS + Math.random() * spreadMs
  }
}
