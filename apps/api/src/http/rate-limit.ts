import { DomainError, type RefusalLimit, refusedBy } from '@jumun/domain'
import pLimit, { type LimitFunction } from 'p-limit'

/** A caller that made no call for a second has a second's worth of calls left, and never more. */
const WINDOW_SECONDS = 1
/** Bounds how long a caller pays for calls whose cost was known only when they had ended. */
const MAX_DEBT_SECONDS = 10
/** Fewer than half of the connections to the database, so that others always have some. */
const MAX_RUNNING_CALLS = 4
const MAX_WAITING_CALLS = 100
const MAX_WAIT_MS = 2_000
const CLEANUP_INTERVAL_MS = 10_000

type SetHeader = (name: string, value: string) => void

/** What the caller of one request may still do. */
export interface Allowance {
  /** Takes one call for the request itself, before its body is read. Throws `TOO_MANY_REQUESTS` if no call is left. */
  admit(): void
  /** Takes one call for each call of the request except the first, which `admit` took. Throws like `admit`. */
  startCall(): void
  /** Takes what a call costs beyond 1. It may take more than is left: later calls wait until that is paid. */
  charge(cost: number): void
  /**
   * Runs a few calls of a caller at once and lets the others wait, so that no caller holds all connections to the database.
   * Throws `TOO_MANY_REQUESTS` when too many wait, or one for too long.
   */
  run<Result>(call: () => Promise<Result>): Promise<Result>
}

/** How many calls a second a caller has in this process. */
interface Rate {
  /** Above 0. */
  perSecond: number
  /** At least 1, or no call would ever be left. */
  most: number
}

/** The calls that a caller has left, which grow with time; below zero when the last calls cost more than was left. */
interface Bucket {
  left: number
  /** When `left` was computed, in milliseconds. */
  since: number
  runAFew: LimitFunction
}

/**
 * Limits each caller with a token bucket. It is our own because the cost of some calls is known only when they have ended, so
 * that a caller may owe calls: see docs/decisions/0010-calls-cost-what-they-carry.md.
 */
export class RateLimit {
  readonly #callsPerSecond: number
  readonly #processes: () => number
  readonly #buckets = new Map<string, Bucket>()
  #cleanedAt = 0

  /**
   * @param callsPerSecond of all processes together; 0: no limit
   * @param processes how many there are: each allows its part, so that the limit costs no call to the database
   */
  constructor(callsPerSecond: number, processes: () => number = () => 1) {
    this.#callsPerSecond = callsPerSecond
    this.#processes = processes
  }

  /**
   * The allowance of one request. The headers that it sets follow
   * https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/ (10): quota and window in seconds, remaining calls, and
   * seconds until all calls are left again.
   *
   * @param caller undefined: not limited
   */
  allowance(caller: string | undefined, setHeader: SetHeader): Allowance {
    if (caller === undefined || this.#callsPerSecond === 0) return new Unlimited()
    const rate = this.#rate()
    return new Limited(rate, this.#bucket(caller, rate), setHeader)
  }

  #rate(): Rate {
    const perSecond = this.#callsPerSecond / this.#processes()
    return { perSecond, most: Math.max(1, perSecond * WINDOW_SECONDS) }
  }

  #bucket(caller: string, { most }: Rate): Bucket {
    const known = this.#buckets.get(caller)
    if (known) return known
    const now = performance.now()
    if (now - this.#cleanedAt > CLEANUP_INTERVAL_MS) this.#removeIdle(now)
    const bucket = { left: most, since: now, runAFew: pLimit(MAX_RUNNING_CALLS) }
    this.#buckets.set(caller, bucket)
    return bucket
  }

  /** Removes full buckets: a new one is the same. */
  #removeIdle(now: number): void {
    this.#cleanedAt = now
    const fullAfterMs = (WINDOW_SECONDS + MAX_DEBT_SECONDS) * 1_000
    for (const [caller, { since, runAFew }] of this.#buckets) {
      if (now - since > fullAfterMs && runAFew.activeCount === 0) this.#buckets.delete(caller)
    }
  }
}

class Limited implements Allowance {
  readonly #rate: Rate
  readonly #bucket: Bucket
  readonly #setHeader: SetHeader
  #paidCalls = 0

  constructor(rate: Rate, bucket: Bucket, setHeader: SetHeader) {
    this.#rate = rate
    this.#bucket = bucket
    this.#setHeader = setHeader
  }

  admit(): void {
    this.#setHeader('ratelimit-policy', `"calls";q=${this.#quota};w=${WINDOW_SECONDS}`)
    this.#takeCall()
    this.#paidCalls = 1
  }

  get #quota(): number {
    return Math.floor(this.#rate.most)
  }

  startCall(): void {
    if (this.#paidCalls > 0) this.#paidCalls--
    else this.#takeCall()
  }

  charge(cost: number): void {
    if (cost === 0) return
    this.#refill()
    const most = -MAX_DEBT_SECONDS * this.#rate.perSecond
    this.#bucket.left = Math.max(this.#bucket.left - cost, most)
    this.#report()
  }

  run<Result>(call: () => Promise<Result>): Promise<Result> {
    const { runAFew } = this.#bucket
    if (runAFew.pendingCount >= MAX_WAITING_CALLS) throw this.#tooMany('concurrency', 'Too many calls are waiting.', 1)
    const since = performance.now()
    return runAFew(() => {
      if (performance.now() - since > MAX_WAIT_MS)
        throw this.#tooMany('concurrency', 'The calls before this one took too long.', 1)
      return call()
    })
  }

  #takeCall(): void {
    this.#refill()
    const { left } = this.#bucket
    if (left >= 1) this.#bucket.left = left - 1
    this.#report()
    if (left >= 1) return
    const retryAfterSeconds = Math.max(1, Math.ceil((1 - left) / this.#rate.perSecond))
    const message = `More than ${this.#quota} calls a second, or calls that carry as much.`
    throw this.#tooMany('rate', message, retryAfterSeconds)
  }

  #refill(): void {
    const bucket = this.#bucket
    const now = performance.now()
    const grown = bucket.left + ((now - bucket.since) / 1_000) * this.#rate.perSecond
    bucket.left = Math.min(grown, this.#rate.most)
    bucket.since = now
  }

  #report(): void {
    const { left } = this.#bucket
    const fullAfterSeconds = Math.max(1, Math.ceil((this.#rate.most - left) / this.#rate.perSecond))
    this.#setHeader('ratelimit', `"calls";r=${Math.max(0, Math.floor(left))};t=${fullAfterSeconds}`)
  }

  #tooMany(limit: RefusalLimit, message: string, retryAfterSeconds: number): DomainError<'TOO_MANY_REQUESTS'> {
    return refusedBy(limit, new DomainError('TOO_MANY_REQUESTS', message, { retryAfterSeconds }))
  }
}

/** Counts nothing, and still runs only a few calls of a batch at once. */
class Unlimited implements Allowance {
  #runAFew: LimitFunction | undefined

  admit(): void {}

  startCall(): void {}

  charge(): void {}

  run<Result>(call: () => Promise<Result>): Promise<Result> {
    this.#runAFew ??= pLimit(MAX_RUNNING_CALLS)
    return this.#runAFew(call)
  }
}
