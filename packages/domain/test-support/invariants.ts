import { auditShop } from '../src/audit/audit-shop.ts'
import type { Database } from '../src/database/orm.ts'
import { OUTBOX } from '../src/delivery/outbox.ts'

/** What only an outbox that nobody has sent from yet can tell: elsewhere an event is gone once it is delivered. */
const UNTOLD = `
  select o.id, o.status, j.types from "order" o left join lateral (
      select array_agg(data->>'type' order by (data->>'version')::int) as types
        from pgboss.job where name = '${OUTBOX}' and data->>'orderId' = o.id::text
    ) j on true
   where j.types is distinct from case
      when o.paid_at is null then null
      when o.cancelled_at is null then array['order.paid']
      else array['order.paid', 'order.cancelled'] end`

/**
 * What is broken in a shop from whose outbox nothing was sent: the invariants of the audit, each with the ids that break it,
 * and orders of which not every change was told once. Empty when all is well.
 */
export async function brokenInvariants(em: Database['em']): Promise<Record<string, unknown>> {
  const { invariants } = await auditShop(em)
  const broken: [string, unknown][] = invariants.filter((one) => one.broken > 0).map(({ rule, ids }) => [rule, ids])
  const untold = await em.execute<unknown[]>(UNTOLD)
  if (untold.length > 0) broken.push(['Each change of an order that was paid is told once, and no other.', untold])
  return Object.fromEntries(broken)
}

/**
 * How many deadlocks PostgreSQL has had to break in this database.
 *
 * @param connections the size of the pool: each session is made to report what it counted
 */
export async function deadlocksIn(em: Database['em'], connections: number): Promise<number> {
  const report = () => em.fork().execute('select pg_stat_force_next_flush(), pg_sleep(0.1)')
  await Promise.all(Array.from({ length: connections }, report))
  const [row] = await em.execute<[{ deadlocks: number }]>(
    'select deadlocks::int from pg_stat_database where datname = current_database()',
  )
  return row.deadlocks
}
