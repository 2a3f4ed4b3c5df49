import type { Database } from '../src/database/orm.ts'
import { OUTBOX } from '../src/delivery/outbox.ts'

/** Each rule with a query that finds what breaks it. Only an outbox that nobody has sent from yet holds every event. */
const rules: Record<string, string> = {
  'a balance is the sum of its entries': `
    select a.member_id, a.balance, coalesce(sum(e.amount), 0) as entries
      from point_account a left join point_entry e using (member_id)
     group by a.member_id having a.balance <> coalesce(sum(e.amount), 0)`,
  'an entry says the balance after it': `
    select * from (
      select id, balance_after, sum(amount) over (partition by member_id order by id) as sum from point_entry
    ) as entries where balance_after <> sum`,
  'no balance and no stock is below zero': `
    select member_id from point_account where balance < 0
    union all select product_id::text from product_stock where quantity < 0`,
  'stock is what was received less what is sold or held': `
    select s.product_id, s.quantity, s.received, coalesce(sum(l.quantity), 0) as taken
      from product_stock s
      left join (order_line l join "order" o on o.id = l.order_id and o.status in ('PAID', 'PENDING_PAYMENT'))
        on l.product_id = s.product_id
     group by s.product_id having s.quantity <> s.received - coalesce(sum(l.quantity), 0)`,
  "an order's total is the sum of its lines": `
    select o.id, o.total from "order" o left join order_line l on l.order_id = o.id
     group by o.id having o.total is distinct from sum(l.unit_price::bigint * l.quantity)`,
  'an order that was paid has its payment, one that was paid and cancelled its refund, and no other has either': `
    select o.id, o.status, o.total, e.payments, e.refunds
      from "order" o left join lateral (
        select array_agg(amount) filter (where kind = 'PAYMENT') as payments,
               array_agg(amount) filter (where kind = 'REFUND') as refunds
          from point_entry where order_id = o.id and member_id = o.member_id
      ) e on true
     where e.payments is distinct from case when o.paid_at is not null then array[-o.total] end
        or e.refunds is distinct from
           case when o.paid_at is not null and o.cancelled_at is not null then array[o.total] end`,
  'every payment and refund belongs to an order of its member': `
    select e.id from point_entry e left join "order" o on o.id = e.order_id and o.member_id = e.member_id
     where e.kind in ('PAYMENT', 'REFUND') and o.id is null`,
  'a paid order has told of its payment once, a cancelled one of its end, and no other of anything': `
    select o.id, o.status, j.types from "order" o left join lateral (
        select array_agg(data->>'type' order by (data->>'version')::int) as types
          from pgboss.job where name = '${OUTBOX}' and data->>'orderId' = o.id::text
      ) j on true
     where j.types is distinct from case
        when o.paid_at is null then null
        when o.cancelled_at is null then array['order.paid']
        else array['order.paid', 'order.cancelled'] end`,
  'every event tells of an order': `
    select j.id from pgboss.job j left join "order" o on o.id::text = j.data->>'orderId'
     where j.name = '${OUTBOX}' and o.id is null`,
  'every remembered order exists': `
    select r.key from idempotency_record r left join "order" o on o.id::text = r.answer->>'id'
     where r.answer->>'id' is not null and o.id is null`,
}

/** The rules that the shop's database breaks, each with the rows that break it; empty when all is well. */
export async function brokenInvariants(em: Database['em']): Promise<Record<string, unknown>> {
  const broken: Record<string, unknown> = {}
  for (const [rule, query] of Object.entries(rules)) {
    const rows = await em.execute<unknown[]>(query)
    if (rows.length > 0) broken[rule] = rows
  }
  return broken
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
