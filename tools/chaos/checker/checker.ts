import { eventsAfterCursor } from '@jumun/domain'
import type { Cluster } from '../cluster/cluster.ts'
import type { Injection } from '../faults/inject-faults.ts'
import type { History } from '../workload/history.ts'
import { checks } from './checks.ts'
import { collect } from './collect.ts'
import { feedChecks } from './feed-checks.ts'

/** The promised limit of a recovery, from the repair on. */
const RECOVERY_MAX_MS = 30_000
const EXAMPLES_MAX = 5

/** The checks that failed, with the number of violations and some examples. */
export type FailedChecks = Record<string, { count: number; examples: unknown[] }>

/** Compares the history with the database and the data platform. Closes the history; no call may be under way. */
export async function runChecks(cluster: Cluster, history: History, injections: Injection[]): Promise<FailedChecks> {
  history.close()
  await collect(cluster, history.db)
  const failed: FailedChecks = {}
  const check = (name: string, examples: unknown[]) => {
    if (examples.length > 0) failed[name] = { count: examples.length, examples: examples.slice(0, EXAMPLES_MAX) }
  }
  for (const [name, query] of Object.entries({ ...checks, ...feedChecks })) check(name, history.db.prepare(query).all())
  check('answers: every answer was right', history.violations)
  check('keys: every call was answered in the end', history.unknown)
  check(
    'recovery: within 30 s of the repair',
    injections.filter(({ ordersMs, deliveryMs }) => Math.max(ordersMs, deliveryMs) > RECOVERY_MAX_MS),
  )
  check('platform: no redirect to an internal address was followed', Array.from({ length: cluster.canary.visits() }))
  check('platform: every event was applied once', await wrongEventCount(cluster, history))
  check('outbox: empty, and without dead letters', await leftInOutbox(cluster))
  return failed
}

/** Finds events that the platform applied twice under different ids: it would count more events than are due. */
async function wrongEventCount({ platform }: Cluster, { db }: History): Promise<unknown[]> {
  const { events, orders, badSignatures } = await platform.stats()
  const [due] = db
    .prepare('select sum(paid) as orders, sum(paid + (paid and cancelled)) as events from stored_orders')
    .all()
  return due?.['events'] === events && due['orders'] === orders ? [] : [{ due, events, orders, badSignatures }]
}

function leftInOutbox({ postgres }: Cluster): Promise<unknown[]> {
  return postgres.sql(
    `select id::text, order_id::text, due_at is null as dead, reason from undelivered_event
      union all select event->>'id', event->'data'->'order'->>'id', false, reason from ${eventsAfterCursor} unsent`,
  )
}
