import { setTimeout as sleep } from 'node:timers/promises'
import { eventsAfterCursor } from '@jumun/domain'
import type { Cluster } from '../cluster/cluster.ts'
import type { History } from '../workload/history.ts'

const POLL_MS = 200
const ORDER_POLL_MS = 20
const TIMEOUT_MS = 90_000

/** How long recovery took after the repair, in milliseconds. */
export interface Recovery {
  /** Until an order was acknowledged. */
  ordersMs: number
  /** Until the data platform had every event that existed at the repair. */
  deliveryMs: number
}

/** Waits for at most 90 seconds until orders are acknowledged again and all events are delivered. */
export async function measureRecovery(cluster: Cluster, history: History): Promise<Recovery> {
  const [ordersMs, deliveryMs] = await Promise.all([measureOrders(history), measureDelivery(cluster)])
  return { ordersMs, deliveryMs }
}

async function measureOrders(history: History): Promise<number> {
  const elapsedMs = stopwatch()
  const before = history.orders
  while (history.orders === before && elapsedMs() < TIMEOUT_MS) await sleep(ORDER_POLL_MS)
  return elapsedMs()
}

/** Waits for at most 90 seconds until the data platform has every event that exists now. Returns the milliseconds. */
export async function measureDelivery({ postgres }: Cluster): Promise<number> {
  const elapsedMs = stopwatch()
  const [repaired] = await postgres.sql<{ at: string }>('select now()::text as at')
  while (elapsedMs() < TIMEOUT_MS) {
    const [{ waiting } = { waiting: true }] = await postgres.sql<{ waiting: boolean }>(
      `select exists (
         select from undelivered_event where since <= $1
         union all select from ${eventsAfterCursor} unsent where at <= $1
       ) as waiting`,
      [repaired?.at],
    )
    if (!waiting) break
    await sleep(POLL_MS)
  }
  return elapsedMs()
}

function stopwatch(): () => number {
  const start = performance.now()
  return () => Math.round(performance.now() - start)
}
