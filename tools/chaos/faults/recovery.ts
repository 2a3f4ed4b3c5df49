import { setTimeout as sleep } from 'node:timers/promises'
import type { Stage } from '../cluster/cluster.ts'
import type { Journal } from '../workload/history.ts'

const POLL_MS = 200
const GIVE_UP_MS = 90_000

/** How long it took after whatever was broken was back, in milliseconds. */
export interface Recovery {
  /** Until an order was acknowledged. */
  ordersMs: number
  /** Until the data platform had every event of before. */
  deliveryMs: number
}

/** Waits until the shop works again as it did; gives up after 90 seconds, with what it has waited by then. */
export async function measureRecovery(stage: Stage, journal: Journal): Promise<Recovery> {
  const back = performance.now()
  const since = () => Math.round(performance.now() - back)
  const [ordersMs, deliveryMs] = await Promise.all([until(() => journal.orders, since), measureDelivery(stage)])
  return { ordersMs, deliveryMs }
}

/** Until a number grows. */
async function until(count: () => number, since: () => number): Promise<number> {
  const before = count()
  while (count() === before && since() < GIVE_UP_MS) await sleep(POLL_MS / 10)
  return since()
}

/** Waits until the data platform has every event that is there now, 90 seconds at most. Returns the milliseconds. */
export async function measureDelivery({ postgres }: Stage): Promise<number> {
  const began = performance.now()
  const since = () => Math.round(performance.now() - began)
  const [now] = await postgres.sql<{ mark: string }>('select now()::text as mark')
  while (since() < GIVE_UP_MS) {
    const [{ waiting } = { waiting: true }] = await postgres.sql<{ waiting: boolean }>(
      `select exists (
         select from pgboss.job where name = 'data-platform' and state < 'completed' and created_on <= $1
       ) as waiting`,
      [now?.mark],
    )
    if (!waiting) break
    await sleep(POLL_MS)
  }
  return since()
}
