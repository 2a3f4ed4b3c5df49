import type { Stage } from '../cluster/cluster.ts'
import type { Struck } from '../faults/direct-faults.ts'
import type { Journal } from '../workload/history.ts'
import { promises } from './checks.ts'
import { collect } from './collect.ts'

/** Promised: how long it takes at most after whatever was broken is back. */
const RECOVERY_MAX_MS = 30_000
const EXAMPLES_MAX = 5

/** What was not kept: each promise with how often it was broken and some of what broke it. */
export type Broken = Record<string, { count: number; examples: unknown[] }>

/** Compares what the callers know with what the database and the data platform have, when all is quiet. */
export async function verify(stage: Stage, journal: Journal, struck: Struck[]): Promise<Broken> {
  journal.close()
  await collect(stage, journal.db)
  const broken: Broken = {}
  const check = (promise: string, examples: unknown[]) => {
    if (examples.length > 0) broken[promise] = { count: examples.length, examples: examples.slice(0, EXAMPLES_MAX) }
  }
  for (const [promise, query] of Object.entries(promises)) check(promise, journal.db.prepare(query).all())
  check('answers: nobody got one that is wrong', journal.complaints)
  check('keys: every call was answered in the end', journal.open)
  check(
    'recovery: within 30 s of whatever was broken being back',
    struck.filter(({ ordersMs, deliveryMs }) => Math.max(ordersMs, deliveryMs) > RECOVERY_MAX_MS),
  )
  check('platform: nobody was led to an address inside the house', Array.from({ length: stage.canary.visits() }))
  check('platform: every event was applied once', await wrongEventCount(stage, journal))
  check('outbox: nothing waits, and nothing was given up', await leftInOutbox(stage))
  return broken
}

/** Two events of one order and version would make the platform count more than there is to tell. */
async function wrongEventCount({ platform }: Stage, { db }: Journal): Promise<unknown[]> {
  const { events, orders, badSignatures } = await platform.stats()
  const [due] = db
    .prepare('select sum(paid) as orders, sum(paid + (paid and cancelled)) as events from stored_orders')
    .all()
  return due?.['events'] === events && due['orders'] === orders ? [] : [{ due, events, orders, badSignatures }]
}

function leftInOutbox({ postgres }: Stage): Promise<unknown[]> {
  return postgres.sql(
    `select name, state, id, data ->> 'orderId' as order_id from pgboss.job where name like 'data-platform%'`,
  )
}
