import { type Database, readBacklog } from '@jumun/domain'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** Up to the request timeout of 15 s. */
const DURATION_BUCKETS_SECONDS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 15]

/** Calls that change an order's status. */
const ORDER_CALLS = ['order.place', 'cart.checkout', 'payment.pay', 'order.cancel']

/** A finished call. */
export interface CallEnd {
  /** The procedure, like `order.place`. */
  procedure: string
  /** `ok`, or the error code. */
  outcome: string
  seconds: number
}

/** The process's metrics in Prometheus format (https://prometheus.io/docs/instrumenting/exposition_formats/). */
export interface Metrics {
  observeCall(end: CallEnd): void
  /** Collects and renders every metric. */
  read(): Promise<{ contentType: string; text: string }>
}

export function createMetrics(database: Database): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const calls = new Histogram({
    name: 'jumun_call_duration_seconds',
    help: 'Calls by procedure and outcome: ok, or the error code',
    labelNames: ['procedure', 'outcome'],
    buckets: DURATION_BUCKETS_SECONDS,
    registers,
  })
  const orders = new Counter({
    name: 'jumun_orders_total',
    help: 'Orders placed, paid and cancelled, by call and outcome',
    labelNames: ['call', 'outcome'],
    registers,
  })
  observeOutbox(database, registers)
  observePool(database, registers)
  return {
    observeCall({ procedure, outcome, seconds }) {
      calls.observe({ procedure, outcome }, seconds)
      if (ORDER_CALLS.includes(procedure)) orders.inc({ call: procedure, outcome })
    },
    async read() {
      return { contentType: registry.contentType, text: await registry.metrics() }
    },
  }
}

function observeOutbox({ em }: Database, registers: Registry[]): void {
  // Report NaN when the database is down, so that the scrape still succeeds.
  const read = () => readBacklog(em).catch(() => ({ waiting: Number.NaN, oldestSeconds: Number.NaN }))
  const gauge = (name: string, help: string, field: 'waiting' | 'oldestSeconds') =>
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        this.set((await read())[field])
      },
    })
  gauge('jumun_events_waiting', 'Events not yet delivered to the data platform', 'waiting')
  const ageHelp = 'Age of the oldest event not yet delivered to the data platform'
  gauge('jumun_events_oldest_age_seconds', ageHelp, 'oldestSeconds')
}

function observePool(database: Database, registers: Registry[]): void {
  new Gauge({
    name: 'jumun_database_connections',
    help: 'Connections of the pool by state, and calls that wait for one',
    labelNames: ['state'],
    registers,
    async collect() {
      const pool = await database.em.getConnection().getNativeClient()
      this.set({ state: 'busy' }, pool.totalCount - pool.idleCount)
      this.set({ state: 'idle' }, pool.idleCount)
      this.set({ state: 'waiting' }, pool.waitingCount)
    },
  })
}
