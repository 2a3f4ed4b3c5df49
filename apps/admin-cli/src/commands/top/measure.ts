import type { Sample } from './parse-metrics.ts'

const ORDER_CALLS = ['order.place', 'cart.checkout']

/** The metrics at one moment. */
export interface Scrape {
  samples: Sample[]
  /** Milliseconds of a monotonic clock. */
  at: number
}

/** Rates between two scrapes and gauges of the second; null if unknown. */
export interface Measures {
  ordersPerSecond: number | null
  callsPerSecond: number | null
  /** Latency of the calls that place orders: the upper bound, in milliseconds, of the histogram bucket. */
  orderLatencyMs: { p50: number | null; p99: number | null }
  eventsWaiting: number | null
  oldestEventSeconds: number | null
}

/** Compares two scrapes of one process. Without an earlier scrape the rates are null. */
export function measure(before: Scrape | undefined, after: Scrape): Measures {
  const seconds = before ? (after.at - before.at) / 1_000 : Number.NaN
  const grown = (name: string, wanted: (labels: Record<string, string>) => boolean) =>
    growth(sum(before?.samples ?? [], name, wanted), sum(after.samples, name, wanted))
  const isOrder = ({ procedure = '' }: Record<string, string>) => ORDER_CALLS.includes(procedure)
  const bucketOf = (le: string) =>
    grown('jumun_call_duration_seconds_bucket', (labels) => isOrder(labels) && labels['le'] === le)
  const bounds = [...new Set(after.samples.flatMap(({ labels }) => labels['le'] ?? []))]
  const buckets = bounds
    .map((le) => ({ ms: le === '+Inf' ? Infinity : Number(le) * 1_000, count: bucketOf(le) }))
    .sort((a, b) => a.ms - b.ms)
  const isPlaced = ({ call = '', outcome }: Record<string, string>) => ORDER_CALLS.includes(call) && outcome === 'ok'
  return {
    ordersPerSecond: known(grown('jumun_orders_total', isPlaced) / seconds),
    callsPerSecond: known(grown('jumun_call_duration_seconds_count', () => true) / seconds),
    orderLatencyMs: { p50: before ? quantile(buckets, 0.5) : null, p99: before ? quantile(buckets, 0.99) : null },
    eventsWaiting: gauge(after.samples, 'jumun_events_waiting'),
    oldestEventSeconds: gauge(after.samples, 'jumun_events_oldest_age_seconds'),
  }
}

/** A counter that shrank was reset by a restart. */
function growth(before: number, after: number): number {
  return after < before ? after : after - before
}

function sum(samples: Sample[], name: string, wanted: (labels: Record<string, string>) => boolean): number {
  return samples.reduce(
    (total, sample) => (sample.name === name && wanted(sample.labels) ? total + sample.value : total),
    0,
  )
}

function gauge(samples: Sample[], name: string): number | null {
  return known(samples.find((sample) => sample.name === name)?.value ?? Number.NaN)
}

function known(value: number): number | null {
  return Number.isFinite(value) ? value : null
}

/** The counts of buckets are cumulative; the last bucket counts all calls. */
function quantile(buckets: { ms: number; count: number }[], share: number): number | null {
  const all = buckets.at(-1)?.count ?? 0
  return all === 0 ? null : known(buckets.find(({ count }) => count >= share * all)?.ms ?? Number.NaN)
}
