import { type Database, readBacklog } from '@jumun/domain'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** From half a millisecond to the longest that a call may take. */
const DURATION_BUCKETS_SECONDS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 15]

/** Calls after which an order stands differently, or was refused to. */
const ORDER_CALLS = ['order.place', 'cart.checkout', 'payment.pay', 'order.cancel']

/** A call that has ended. */
export interface CallEnd {
  /** The procedure, like `order.place`. */
  procedure: string
  /** `ok`, or the code of the refusal. */
  outcome: string
  seconds: number
}

/** What the process tells Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats/). */
export interface Metrics {
  observeCall(end: CallEnd): void
  /** The text of a scrape. */
  read(): Promise<{ contentType: string; text: string }>
}

/** Makes the metrics of one process. */
export function createMetrics(database: Database): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const calls = new Histogram({
    name: 'jumun_call_duration_seconds',
    help: 'Calls by procedure and outcome: ok, or the code of the refusal',
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
  watchEvents(database, registers)
  watchPool(database, registers)
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

function watchEvents({ em }: Database, registers: Registry[]): void {
  // A scrape must not fail with the database: what cannot be read is not a number.
  const read = () => readBacklog(em).catch(() => ({ waiting: Number.NaN, oldestSeconds: Number.NaN }))
  new Gauge({
    name: 'jumun_events_waiting',
    help: 'Events that the data platform has not taken',
    registers,
    async collect() {
      this.set((await read()).waiting)
    },
  })
  new Gauge({
    name: 'jumun_events_oldest_age_seconds',
    help: 'Age of the oldest event that the data platform has not taken',
    registers,
    async collect() {
      this.set((await read()).oldestSeconds)
    },
  })
}

function watchPool(database: Database, registers: Registry[]): void {
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
