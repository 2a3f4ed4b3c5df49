import { setTimeout as sleep } from 'node:timers/promises'
import { type Backlog, type Database, readBacklog, singleFlight } from '@jumun/domain'

/** A scrape gives up after 5 s, and a count of a long backlog may take as long as a statement may. */
const PATIENCE_MS = 2_000
/** A count is good for a few scrapes. */
const RECENT_MS = 60_000
const MIN_PAUSE_MS = 1_000
/** Counting takes a tenth of the time at most, however long the outbox is. */
const PAUSE_FACTOR = 9

/** Counts the events that wait for delivery, for all who want to know. */
export class BacklogReading {
  readonly #read: () => Promise<Backlog>
  #latest: { backlog: Backlog; at: number; tookMs: number } | undefined

  constructor({ em }: Database) {
    this.#read = singleFlight(async () => {
      const started = performance.now()
      const backlog = await readBacklog(em)
      const at = performance.now()
      this.#latest = { backlog, at, tookMs: at - started }
      return backlog
    })
  }

  /** The last count; undefined if it is more than a minute old. */
  get latest(): Backlog | undefined {
    return this.#latest && performance.now() - this.#latest.at < RECENT_MS ? this.#latest.backlog : undefined
  }

  /** Counts now. What takes longer than two seconds goes on, for the next one who asks, and the last count is the answer, or undefined. */
  async read(): Promise<Backlog | undefined> {
    const count = this.#read()
    return (await Promise.race([count, sleep(PATIENCE_MS, undefined, { ref: false })])) ?? this.latest
  }

  /** Counts unless that was done just now, without an answer: `latest` has it then. */
  refresh(): void {
    const { at, tookMs } = this.#latest ?? { at: Number.NEGATIVE_INFINITY, tookMs: 0 }
    const pauseMs = Math.max(MIN_PAUSE_MS, PAUSE_FACTOR * tookMs)
    // While the database is away, the calls of operators fail anyway.
    if (performance.now() - at >= pauseMs) this.#read().catch(() => {})
  }
}
