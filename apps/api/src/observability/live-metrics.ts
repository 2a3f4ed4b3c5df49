import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { LiveHub } from '../live/hub.ts'
import type { StreamCounts } from '../live/stream-counts.ts'

/** A change should reach the hub in half a second. */
const LAG_BUCKETS_SECONDS = [0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 15, 60]

/** The sources of the metrics of the feed. */
export interface LiveSources {
  hub: LiveHub
  streams: StreamCounts
}

/** Registers the metrics of streams and of the feed as this process reads it. */
export function liveMetrics({ hub, streams }: LiveSources, registers: Registry[]): void {
  new Gauge({
    name: 'jumun_streams',
    help: 'Open streams of changes and calls that wait for them, by door',
    labelNames: ['door'],
    registers,
    collect() {
      for (const [wire, count] of Object.entries(streams.open)) this.set({ door: wire }, count)
      this.set({ door: 'wait' }, streams.waiting)
    },
  })
  new Counter({
    name: 'jumun_stream_events_total',
    help: 'Changes written to streams',
    registers,
    collect() {
      this.reset()
      this.inc(streams.events)
    },
  })
  new Counter({
    name: 'jumun_cursor_expired_total',
    help: 'Readers whose cursor was older than the kept changes',
    registers,
    collect() {
      this.reset()
      this.inc(hub.expired)
    },
  })
  const lag = new Histogram({
    name: 'jumun_feed_lag_seconds',
    help: 'Age of the newest change when it reached this process; measured only while there are readers',
    buckets: LAG_BUCKETS_SECONDS,
    registers,
  })
  hub.onLag = (seconds) => lag.observe(seconds)
}
