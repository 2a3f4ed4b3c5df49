import { singleFlight } from '@jumun/domain'

/** Whoever asked so lately is a load balancer that asks again. */
const WATCHED_MS = 15_000
/** A load balancer that asks every second or two takes a process out after two or three failures. */
const DEFAULT_DELAY_MS = 5_000

/** What `/readyz` says, and how a process leaves a load balancer before it refuses calls. */
export class Readiness {
  readonly #check: () => Promise<boolean>
  readonly #delayMs: number | undefined
  #askedAt = Number.NEGATIVE_INFINITY
  #isLeaving = false

  /**
   * @param check whether this process can serve
   * @param delayMs how long it still serves after it has begun to say that it cannot; undefined: five seconds if anybody asks, else none
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
