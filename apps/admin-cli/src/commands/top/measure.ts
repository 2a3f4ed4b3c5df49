import type { Sample } from './parse-metrics.ts'

const ORDER_CALLS = ['order.place', 'cart.checkout']

/** The metrics of a moment. */
export interface Scrape {
  samples: Sample[]
  /** Milliseconds of a clock that only goes forward. */
  at: number
}

/** What happened between two scrapes, and what stood at the second; null for what is not known. */
export interface Measures {
  ordersPerSecond: number | null
  callsPerSecond: number | null
  /** Of the calls that place orders, in milliseconds: the bound of the bucket that it falls into. */
  orderLatencyMs: { p50: number | null; p99: number | null }
  eventsWaiting: number | null
  oldestEventSeconds: number | null
}

/** Compares two scrapes of one process. Without an earlier one there are no rates. */
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

/** A process that was started again counts from nothing. */
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

/** The counts of buckets are cumulative; the last one is of all. */
function quantile(buckets: { ms: number; count: number }[], share: number): number | null {
  const all = buckets.at(-1)?.count ?? 0
  return all === 0 ? null : known(buckets.find(({ count }) => count >= share * all)?.ms ?? Number.NaN)
}
