import { PULSE_MAX_SAMPLES, type Pulse as PulseAnswer, type PulseSample } from '@jumun/contract'
import { type Database, type NewChange, onChangesWritten, type ProcessIdentity } from '@jumun/domain'
import type { StreamCounts } from '../live/stream-counts.ts'
import type { BacklogReading } from './backlog-reading.ts'
import { type CallEnd, DURATION_BUCKETS_SECONDS } from './metrics.ts'
import { quantileOf } from './quantile.ts'

const INTERVAL_MS = 1_000
const BUCKETS_MS = DURATION_BUCKETS_SECONDS.map((seconds) => seconds * 1_000)

/** The sources of the figures. */
export interface PulseSources {
  database: Database
  streams: StreamCounts
  backlog: BacklogReading
  process: ProcessIdentity
}

/** What happened since the last sample. */
interface Counts {
  orders: number
  paid: number
  revenue: number
  calls: number
  refusals: Record<string, number>
  /** Calls by the bucket of their duration; the last one is for those that took longer than every bucket. */
  buckets: number[]
}

/**
 * Keeps the figures of this process, one sample a second. It counts beside the metrics, because reading a histogram of every procedure and
 * outcome takes a millisecond, and counting a call a few nanoseconds.
 */
export class Pulse {
  readonly #sources: PulseSources
  readonly #samples: PulseSample[] = []
  readonly #timer: NodeJS.Timeout
  readonly #unsubscribe: () => void
  #counts = noCounts()

  constructor(sources: PulseSources) {
    this.#sources = sources
    this.#unsubscribe = onChangesWritten(sources.database.em, (changes) => this.#observeChanges(changes))
    // It fails only while the database is being closed.
    this.#timer = setInterval(() => void this.sample().catch(() => {}), INTERVAL_MS).unref()
  }

  /** Counts a finished call. */
  observeCall({ procedure, outcome, seconds }: CallEnd): void {
    const counts = this.#counts
    counts.calls++
    if (outcome !== 'ok') counts.refusals[outcome] = (counts.refusals[outcome] ?? 0) + 1
    // Their durations are left out: a call that follows changes mostly waits.
    if (procedure.startsWith('live.')) return
    let bucket = 0
    while (seconds > (DURATION_BUCKETS_SECONDS[bucket] ?? Number.POSITIVE_INFINITY)) bucket++
    counts.buckets[bucket] = (counts.buckets[bucket] ?? 0) + 1
  }

  /** The samples after a time, or all samples. Also starts a count of the waiting events, which the next samples show. */
  read(after?: string): PulseAnswer {
    const { process, backlog } = this.#sources
    backlog.refresh()
    // Times in the same format can be compared as text.
    const from = after === undefined ? '' : new Date(after).toISOString()
    return {
      process: { id: process.id, startedAt: toTime(process.startedMs) },
      samples: this.#samples.filter(({ at }) => at > from),
    }
  }

  /** Makes a sample of the counts since the last one. */
  async sample(): Promise<void> {
    const { database, streams, backlog } = this.#sources
    const { buckets, ...counts } = this.#counts
    this.#counts = noCounts()
    const at = toTime(performance.now())
    const pool = await database.em.getConnection().getNativeClient()
    this.#samples.push({
      at,
      ...counts,
      p50Ms: quantileOf(buckets, BUCKETS_MS, 0.5),
      p99Ms: quantileOf(buckets, BUCKETS_MS, 0.99),
      eventsWaiting: backlog.latest?.waiting ?? null,
      oldestEventSeconds: backlog.latest?.oldestSeconds ?? null,
      poolUsed: pool.totalCount - pool.idleCount,
      poolMax: pool.options.max ?? 0,
      poolWaiting: pool.waitingCount,
      streams: streams.open.events + streams.open.trpc + streams.waiting,
    })
    if (this.#samples.length > PULSE_MAX_SAMPLES) this.#samples.shift()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#unsubscribe()
  }

  #observeChanges(changes: NewChange[]): void {
    for (const change of changes) {
      if (change.type === 'order.placed') this.#counts.orders++
      if (change.type !== 'order.paid') continue
      this.#counts.paid++
      this.#counts.revenue += change.data.order.total
    }
  }
}

function noCounts(): Counts {
  return {
    orders: 0,
    paid: 0,
    revenue: 0,
    calls: 0,
    refusals: {},
    buckets: Array<number>(BUCKETS_MS.length + 1).fill(0),
  }
}

/** Converts a time of `performance.now()`, which never goes back, so that the times of samples always rise. */
function toTime(ms: number): string {
  return new Date(performance.timeOrigin + ms).toISOString()
}
