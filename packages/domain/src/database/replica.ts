import type { EntityManager } from '@mikro-orm/postgresql'
import { singleFlight } from '../background/single-flight.ts'
import { isDatabaseUnavailable } from './unavailable.ts'

/** How long a measured age is used. */
const MEASURE_EVERY_MS = 500
/** How long a call waits for the measurement of a replica's age, and how long for the answer of the replica. */
const MEASURE_LIMIT_MS = 500
const READ_LIMIT_MS = 2_000
/** How long a replica is not used after it failed. */
const PAUSE_MS = 5_000

/**
 * The age of the newest replayed commit, which bounds how far the replica is behind: the processes of the shop commit about once a second,
 * even without orders. 0 on a server that is not a standby.
 */
const READ_AGE = `select case when pg_is_in_recovery()
    then extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())::float8 * 1000 else 0 end as ms`

/** An answer that may be old. */
export interface StaleAnswer<Answer> {
  answer: Answer
  /** How many seconds old it is at most; undefined if it was read from the primary. */
  ageSeconds: number | undefined
}

/** The replica did not answer in time. Its code makes it count as an outage. */
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
   * Reads from the replica if it is at most `maxAgeSeconds` behind. Reads from the primary otherwise, and if the replica fails or cancels
   * the statement. After a replica did not answer in time, it is not used for five seconds.
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
        // Any other error, such as a domain error, is the answer. A statement that recovery cancels fails with a code of unavailability.
        if (!isDatabaseUnavailable(error)) throw error
        if (error instanceof LateError) this.#pausedUntil = performance.now() + PAUSE_MS
        this.#onError(error)
      }
    }
    return { answer: await from.primary(), ageSeconds: undefined }
  }

  /** The greatest age of what the replica would answer now; undefined while it does not answer. Measures it at most twice a second. */
  async ageSeconds(): Promise<number | undefined> {
    if (performance.now() < this.#pausedUntil) return undefined
    if (!this.#age || performance.now() - this.#age.measuredAt > MEASURE_EVERY_MS) await this.#measure()
    // The age can only have grown by the time since the measurement.
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
