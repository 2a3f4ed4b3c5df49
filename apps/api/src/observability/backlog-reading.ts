import { setTimeout as sleep } from 'node:timers/promises'
import { type Backlog, type Database, readBacklog, singleFlight } from '@jumun/domain'

/** How long `read` waits for a count. A scrape gives up after 5 s, but counting a long backlog may take until the statement timeout. */
const PATIENCE_MS = 2_000
/** How long a count may be used: for a few scrapes. */
const RECENT_MS = 60_000
const MIN_PAUSE_MS = 1_000
/** After a count, `refresh` pauses for this many times as long as the count took, so that counting takes at most a tenth of the time. */
const PAUSE_FACTOR = 9

/** Counts the events that wait for delivery. Metrics and console share the counts. */
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

  /** Counts now. If that takes longer than two seconds, it returns `latest` instead, and the count goes on for the next caller. */
  async read(): Promise<Backlog | undefined> {
    const count = this.#read()
    return (await Promise.race([count, sleep(PATIENCE_MS, undefined, { ref: false })])) ?? this.latest
  }

  /** Starts a count in the background, unless the last one is recent. Its result is `latest`. */
  refresh(): void {
    const { at, tookMs } = this.#latest ?? { at: Number.NEGATIVE_INFINITY, tookMs: 0 }
    const pauseMs = Math.max(MIN_PAUSE_MS, PAUSE_FACTOR * tookMs)
    // A failure is not reported here: without a database, the other calls of the console fail too.
    if (performance.now() - at >= pauseMs) this.#read().catch(() => {})
  }
}
