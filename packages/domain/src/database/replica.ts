import type { EntityManager } from '@mikro-orm/postgresql'
import { singleFlight } from '../background/single-flight.ts'
import { isDatabaseUnavailable } from './unavailable.ts'

/** For how long a measured age is used. */
const MEASURE_EVERY_MS = 500
/** How long a call waits for the age of a replica, and for what it reads there. */
const MEASURE_LIMIT_MS = 500
const READ_LIMIT_MS = 2_000
/** How long nothing is read from a replica that failed. */
const PAUSE_MS = 5_000

/**
 * How old the newest replayed commit is. Processes commit about once a second even where nobody orders, so that it tells how far behind
 * the replica may be. A server that is no standby is not behind.
 */
const READ_AGE = `select case when pg_is_in_recovery()
    then extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())::float8 * 1000 else 0 end as ms`

/** What was read, and from where. */
export interface StaleAnswer<Answer> {
  answer: Answer
  /** How many seconds old it is at most; undefined if it was read from the primary. */
  ageSeconds: number | undefined
}

/** Counts as an outage. */
class LateError extends Error {
  override readonly name = 'LateError'
  readonly code = 'ETIMEDOUT'

  constructor() {
    super('The replica did not answer in time.')
  }
}

/** A replica, for reads that need not be exact. */
export class Replica {
  readonly #onError: (error: unknown) => void
  readonly #measure: () => Promise<void>
  #age: { ms: number; measuredAt: number } | undefined
  #pausedUntil = Number.NEGATIVE_INFINITY

  /** @param onError receives why something was read from the primary instead */
  constructor(em: EntityManager, onError: (error: unknown) => void) {
    this.#onError = onError
    this.#measure = singleFlight(() => this.#readAge(em))
  }

  /**
   * Reads from the replica if it is at most `maxAgeSeconds` behind, and otherwise, or where the replica fails or cancels the statement,
   * from the primary. A replica that is late is left alone for a while.
   *
   * @param limitMs how long to wait for the replica
   */
  async read<Answer>(
    maxAgeSeconds: number,
    from: { replica: () => Promise<Answer>; primary: () => Promise<Answer> },
    limitMs = READ_LIMIT_MS,
  ): Promise<StaleAnswer<Answer>> {
    const ageSeconds = await this.ageSeconds()
    if (ageSeconds !== undefined && ageSeconds <= maxAgeSeconds) {
      try {
        return { answer: await inTime(from.replica(), limitMs), ageSeconds }
      } catch (error) {
        // A domain error is an answer. Recovery may have to cancel a statement, with the code of a conflict or of a cancelled statement.
        if (!isDatabaseUnavailable(error)) throw error
        if (error instanceof LateError) this.#pausedUntil = performance.now() + PAUSE_MS
        this.#onError(error)
      }
    }
    return { answer: await from.primary(), ageSeconds: undefined }
  }

  /** How old what it answers now is at most; undefined while it does not answer. Asks it at most twice a second. */
  async ageSeconds(): Promise<number | undefined> {
    if (performance.now() < this.#pausedUntil) return undefined
    if (!this.#age || performance.now() - this.#age.measuredAt > MEASURE_EVERY_MS) await this.#measure()
    // What is read later is not older than what was measured.
    return this.#age && (this.#age.ms + performance.now() - this.#age.measuredAt) / 1000
  }

  async #readAge(em: EntityManager): Promise<void> {
    this.#age = undefined
    const measuredAt = performance.now()
    try {
      const answer = em.fork().execute<[{ ms: number | null }]>(READ_AGE)
      const [{ ms }] = await inTime(answer, MEASURE_LIMIT_MS)
      if (ms !== null) this.#age = { ms: Math.max(0, ms), measuredAt }
    } catch (error) {
      this.#pausedUntil = performance.now() + PAUSE_MS
      this.#onError(error)
    }
  }
}

async function inTime<Answer>(answer: Promise<Answer>, limitMs: number): Promise<Answer> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new LateError()), limitMs)
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
