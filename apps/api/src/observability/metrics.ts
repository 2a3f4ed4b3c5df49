import type { Database, DomainError } from '@jumun/domain'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { BacklogReading } from './backlog-reading.ts'
import { type LiveSources, liveMetrics } from './live-metrics.ts'
import { refusalCounter } from './refusal-counter.ts'
import { type WorkSources, workMetrics } from './work-metrics.ts'

/** The buckets of call durations, up to the request timeout of 15 s. */
export const DURATION_BUCKETS_SECONDS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 15]

/** Calls that change an order's status. */
const ORDER_CALLS = ['order.place', 'cart.checkout', 'payment.pay', 'order.cancel']

/** A finished call. */
export interface CallEnd {
  /** The procedure, like `order.place`. */
  procedure: string
  /** `ok`, or the error code. */
  outcome: string
  seconds: number
  /** The error of a call that was refused. */
  error?: DomainError
}

/** The process's metrics in Prometheus format (https://prometheus.io/docs/instrumenting/exposition_formats/). */
export interface Metrics {
  observeCall(end: CallEnd): void
  /** Counts a sign-in of a browser: `ok`, or the error code. */
  countSignIn(outcome: string): void
  /** Counts an error that a limit caused, once even if it is reported several times. */
  countRefusal(error: unknown): void
  /** Collects and renders every metric. */
  read(): Promise<{ contentType: string; text: string }>
}

/** The sources of the metrics. */
interface Sources {
  database: Database
  backlog: BacklogReading
  live: LiveSources
  work: WorkSources
  version: string
}

export function createMetrics({ database, backlog, live, work, version }: Sources): Metrics {
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
  // Each series starts at 0: otherwise `rate()` would miss its first increase.
  for (const call of ORDER_CALLS) orders.inc({ call, outcome: 'ok' }, 0)
  const signIns = new Counter({
    name: 'jumun_sign_ins_total',
    help: 'Sign-ins of browsers by outcome: ok, or the error code',
    labelNames: ['outcome'],
    registers,
  })
  signIns.inc({ outcome: 'ok' }, 0)
  new Gauge({
    name: 'jumun_build_info',
    help: 'Always 1, with the version of the service and of Node.js',
    labelNames: ['version', 'node'],
    registers,
  }).set({ version, node: process.version }, 1)
  liveMetrics(live, registers)
  workMetrics(database, work, registers)
  const observePool = poolGauge(database, registers)
  const observeOutbox = outboxGauges(backlog, registers)
  return {
    observeCall({ procedure, outcome, seconds }) {
      calls.observe({ procedure, outcome }, seconds)
      if (ORDER_CALLS.includes(procedure)) orders.inc({ call: procedure, outcome })
    },
    countRefusal: refusalCounter(registers),
    countSignIn: (outcome) => signIns.inc({ outcome }),
    async read() {
      // Before the backlog is read, which itself takes a connection of the pool.
      await observePool()
      await observeOutbox()
      return { contentType: registry.contentType, text: await registry.metrics() }
    },
  }
}

/** Returns a function that reads the backlog into gauges. */
function outboxGauges(reading: BacklogReading, registers: Registry[]): () => Promise<void> {
  const waiting = new Gauge({
    name: 'jumun_events_waiting',
    help: 'Events not yet delivered to the data platform',
    registers,
  })
  const oldestAge = new Gauge({
    name: 'jumun_events_oldest_age_seconds',
    help: 'Age of the oldest event not yet delivered to the data platform',
    registers,
  })
  const dead = new Gauge({
    name: 'jumun_dead_letters',
    help: 'Events that the data platform rejected too often: they wait for a replay',
    registers,
  })
  return async () => {
    // NaN if the database is down, or if counting takes longer than a minute, so that the scrape still succeeds.
    const unknown = { waiting: Number.NaN, oldestSeconds: Number.NaN, dead: Number.NaN }
    const backlog = (await reading.read().catch(() => undefined)) ?? unknown
    waiting.set(backlog.waiting)
    oldestAge.set(backlog.oldestSeconds)
    dead.set(backlog.dead)
  }
}

/** Returns a function that reads the state of the pool into a gauge. */
function poolGauge({ em }: Database, registers: Registry[]): () => Promise<void> {
  const connections = new Gauge({
    name: 'jumun_database_connections',
    help: 'Connections of the pool by state, and calls that wait for one',
    labelNames: ['state'],
    registers,
  })
  const most = new Gauge({
    name: 'jumun_database_connections_max',
    help: 'The most connections that the pool may have',
    registers,
  })
  return async () => {
    const pool = await em.getConnection().getNativeClient()
    most.set(pool.options.max ?? Number.NaN)
    connections.set({ state: 'busy' }, pool.totalCount - pool.idleCount)
    connections.set({ state: 'idle' }, pool.idleCount)
    connections.set({ state: 'waiting' }, pool.waitingCount)
  }
}
