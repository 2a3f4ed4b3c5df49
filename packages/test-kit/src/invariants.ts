import { auditShop, type Database } from '@jumun/domain'

/** Orders with missing or additional events. Holds only while nothing was delivered: a delivered event is deleted. */
const WRONG_EVENTS = `
  select o.id, o.status, j.types from "order" o left join lateral (
      select array_agg(data->>'type' order by (data->>'version')::int) as types
        from pgboss.job where name = 'data-platform' and data->>'orderId' = o.id::text
    ) j on true
   where j.types is distinct from case
      when o.paid_at is null then null
      when o.cancelled_at is null then array['order.paid']
      else array['order.paid', 'order.cancelled'] end`

/**
 * Audits a shop whose events were never delivered.
 *
 * @returns each broken invariant with the ids that break it, and orders without exactly one event for each change
 */
export async function brokenInvariants(em: Database['em']): Promise<Record<string, unknown>> {
  const { invariants } = await auditShop(em)
  const broken: [string, unknown][] = invariants.filter((one) => one.broken > 0).map(({ rule, ids }) => [rule, ids])
  const wrongEvents = await em.execute<unknown[]>(WRONG_EVENTS)
  if (wrongEvents.length > 0) broken.push(['Each change of a paid order has exactly one event.', wrongEvents])
  return Object.fromEntries(broken)
}

/**
 * Counts the deadlocks that PostgreSQL has broken in this database.
 *
 * @param connections the size of the pool: each session must report its own count first
 */
export async function deadlocksIn(em: Database['em'], connections: number): Promise<number> {
  const report = () => em.fork().execute('select pg_stat_force_next_flush(), pg_sleep(0.1)')
  await Promise.all(Array.from({ length: connections }, report))
  const [row] = await em.execute<[{ deadlocks: number }]>(
    'select deadlocks::int from pg_stat_database where datname = current_database()',
  )
  return row.deadlocks
}
