import { singleFlight } from '@jumun/domain'

/** If `/readyz` was requested this recently, a load balancer watches it. */
const WATCHED_MS = 15_000
/** Enough for a load balancer that checks every second or two and removes a process after two or three failures. */
const DEFAULT_DELAY_MS = 5_000

/** The answer of `/readyz`, and the way in which a process leaves its load balancer before it refuses calls. */
export class Readiness {
  readonly #check: () => Promise<boolean>
  readonly #delayMs: number | undefined
  #askedAt = Number.NEGATIVE_INFINITY
  #isLeaving = false

  /**
   * @param check whether this process can serve
   * @param delayMs how long it still serves after `/readyz` reports `draining`; undefined: 5 s if a load balancer watches it, otherwise 0
   */
  constructor(check: () => Promise<boolean>, delayMs: number | undefined) {
    this.#check = singleFlight(check)
    this.#delayMs = delayMs
  }

  /** Whether this process has begun to leave. */
  get isLeaving(): boolean {
    return this.#isLeaving
  }

  /** `draining`: this process stops, others may be ready. */
  async read(): Promise<'ok' | 'draining' | 'unavailable'> {
    this.#askedAt = performance.now()
    if (this.#isLeaving) return 'draining'
    return (await this.#check()) ? 'ok' : 'unavailable'
  }

  /** Says from now on that this process is not ready. Resolves when load balancers have noticed. */
  async leave(): Promise<void> {
    this.#isLeaving = true
    const isWatched = performance.now() - this.#askedAt < WATCHED_MS
    const delayMs = this.#delayMs ?? (isWatched ? DEFAULT_DELAY_MS : 0)
    await new Promise((resolve) => setTimeout(resolve, delayMs))
  }
}
