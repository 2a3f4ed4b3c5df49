import {
  type Database,
  type Delivery,
  type NewChange,
  type OrderQueue,
  observeTransactions,
  onChangesWritten,
} from '@jumun/domain'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { ReplicaReads } from '../replica.ts'

const BATCH_BUCKETS = [1, 2, 5, 10, 20, 50, 100]
const DELIVERY_BATCH_BUCKETS = [1, 5, 10, 50, 100, 250, 500]
/** An order waits 2.8 s at most, a transaction a little more than 15 s, and a delivery 5 s for the platform. */
const WAIT_BUCKETS_SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 3]
const WORK_BUCKETS_SECONDS = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15]

/** The sources of the metrics of orders, deliveries and the replica. */
export interface WorkSources {
  orders: OrderQueue
  /** Is called for each delivery. */
  replica: ReplicaReads | undefined
  observers: { onDelivery?: (delivery: Delivery, seconds: number) => void }
}

/** Registers the metrics of the order queue, of transactions, money and deliveries. */
export function workMetrics(
  database: Database,
  { orders, observers, replica }: WorkSources,
  registers: Registry[],
): void {
  queueMetrics(orders, registers)
  moneyMetrics(database, registers)
  if (replica) replicaMetric(replica, registers)
  const transactions = new Histogram({
    name: 'jumun_transaction_duration_seconds',
    help: 'Transactions of the connections that change something, by outcome: committed or rolled_back',
    labelNames: ['outcome'],
    buckets: WORK_BUCKETS_SECONDS,
    registers,
  })
  for (const outcome of ['committed', 'rolled_back']) transactions.zero({ outcome })
  observeTransactions(database.em, ({ outcome, seconds }) => transactions.observe({ outcome }, seconds))
  const labelNames = ['outcome']
  const durations = new Histogram({
    name: 'jumun_delivery_duration_seconds',
    help: 'Deliveries to the data platform by outcome: accepted, rejected or unanswered, from the claim of the events to the end',
    labelNames,
    buckets: WORK_BUCKETS_SECONDS,
    registers,
  })
  const sizes = new Histogram({
    name: 'jumun_delivery_batch_events',
    help: 'Events of a delivery to the data platform, by outcome',
    labelNames,
    buckets: DELIVERY_BATCH_BUCKETS,
    registers,
  })
  // Each series starts at 0: otherwise `rate()` would miss its first increase.
  for (const outcome of ['accepted', 'rejected', 'unanswered']) {
    durations.zero({ outcome })
    sizes.zero({ outcome })
  }
  observers.onDelivery = (delivery, seconds) => {
    const outcome = outcomeOf(delivery)
    durations.observe({ outcome }, seconds)
    sizes.observe({ outcome }, delivery.delivered + delivery.failed)
  }
}

/** The outcome of a delivery is the worst outcome of its events. */
function outcomeOf({ failed, unanswered }: Delivery): 'accepted' | 'rejected' | 'unanswered' {
  if (unanswered > 0) return 'unanswered'
  return failed > 0 ? 'rejected' : 'accepted'
}

function queueMetrics(orders: OrderQueue, registers: Registry[]): void {
  new Gauge({
    name: 'jumun_order_queue_length',
    help: 'Orders and calls of members that wait for their turn',
    registers,
    collect() {
      this.set(orders.waiting)
    },
  })
  const sizes = new Histogram({
    name: 'jumun_order_batch_orders',
    help: 'Orders of a transaction',
    buckets: BATCH_BUCKETS,
    registers,
  })
  const waits = new Histogram({
    name: 'jumun_order_queue_wait_seconds',
    help: 'How long orders waited for their transaction',
    buckets: WAIT_BUCKETS_SECONDS,
    registers,
  })
  orders.onBatch = (waitedSeconds) => {
    sizes.observe(waitedSeconds.length)
    for (const seconds of waitedSeconds) waits.observe(seconds)
  }
}

function moneyMetrics({ em }: Database, registers: Registry[]): void {
  const revenue = new Counter({ name: 'jumun_revenue_krw_total', help: 'KRW paid for orders', registers })
  const refunds = new Counter({
    name: 'jumun_refunds_krw_total',
    help: 'KRW given back for paid orders that were cancelled',
    registers,
  })
  const observe = (change: NewChange) => {
    if (change.type === 'order.paid') revenue.inc(change.data.order.total)
    if (change.type === 'order.cancelled' && change.data.order.paidAt !== null) refunds.inc(change.data.order.total)
  }
  onChangesWritten(em, (changes) => changes.forEach(observe))
}

function replicaMetric(replica: ReplicaReads, registers: Registry[]): void {
  new Gauge({
    name: 'jumun_replica_age_seconds',
    help: 'How old what the replica answers is at most; NaN while it is not read',
    registers,
    async collect() {
      this.set((await replica.ageSeconds()) ?? Number.NaN)
    },
  })
}
