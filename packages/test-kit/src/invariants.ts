import { auditShop, type Database } from '@jumun/domain'

/** Orders whose changes in the feed do not match their history in the tables. */
const WRONG_EVENTS = `
  select o.id, o.status, feed.types from "order" o left join (
      select event->'data'->'order'->>'id' as id, array_agg(event->>'type' order by change.id, ordinality) as types
        from change cross join lateral json_array_elements(events) with ordinality as every (event, ordinality)
       where event->>'type' like 'order.%' group by 1
    ) feed on feed.id = o.id::text
   where feed.types is distinct from array['order.placed']
      || case when o.paid_at is not null then array['order.paid'] else '{}' end
      || case when o.cancelled_at is not null then array['order.cancelled'] else '{}' end
      || case when o.status = 'EXPIRED' then array['order.expired'] else '{}' end`

/** Products whose last stock in the feed is not their current stock. Tests may have set a stock without a change in the feed. */
const WRONG_STOCKS = `
  select product_id, quantity, last.stock from product_stock left join (
      select distinct on (product) coalesce(event->'data'->>'productId', event->'data'->'product'->>'id')::int as product,
          coalesce(event->'data'->>'quantity', event->'data'->'product'->>'stock')::bigint as stock
        from change cross join lateral json_array_elements(events) with ordinality as every (event, ordinality)
       where event->>'type' in ('stock.changed', 'product.created')
       order by product, change.id desc, ordinality desc
    ) last on last.product = product_id
   where last.stock <> quantity`

/** Members whose last balance in the feed is not their current balance. */
const WRONG_BALANCES = `
  select member_id, point_account.balance, last.balance as last from point_account left join (
      select distinct on (member) event->'data'->>'memberId' as member, (event->'data'->>'balance')::bigint as balance
        from change cross join lateral json_array_elements(events) with ordinality as every (event, ordinality)
       where event->>'type' = 'points.changed'
       order by member, change.id desc, ordinality desc
    ) last on last.member = member_id
   where last.balance <> point_account.balance`

/** Rules of the feed, each with a statement that finds what breaks it. */
const FEED_RULES = {
  'Each change of an order is in the feed once, in order.': WRONG_EVENTS,
  'The last stock of a product in the feed is its stock.': WRONG_STOCKS,
  'The last balance of a member in the feed is its balance.': WRONG_BALANCES,
}

/**
 * Audits a shop, and compares its feed with its tables.
 *
 * @returns each broken invariant with the ids that break it
 */
export async function brokenInvariants(em: Database['em']): Promise<Record<string, unknown>> {
  const { invariants } = await auditShop(em)
  const broken: [string, unknown][] = invariants.filter((one) => one.broken > 0).map(({ rule, ids }) => [rule, ids])
  for (const [rule, statement] of Object.entries(FEED_RULES)) {
    const wrong = await em.execute<unknown[]>(statement)
    if (wrong.length > 0) broken.push([rule, wrong])
  }
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
