import { openDatabase, rebuildPopular } from '@jumun/domain'
import { FILL_STATEMENT_MS } from './fill-orders.ts'

const CHARGE = 1_000_000_000_000

/**
 * Completes a shop that `fillOrders` filled: every member was charged once and paid every order, cancelled ones were refunded,
 * stock is what is left, every order was placed with a key, and the hours are rolled up.
 */
export async function fillLedger(url: string, log: (message: string) => void): Promise<void> {
  const database = await openDatabase({ url, poolSize: 1, statementTimeoutMs: FILL_STATEMENT_MS })
  try {
    const { em } = database
    // What is made here fits together; checking each foreign key of millions of rows would take most of the time.
    await em.execute('set session_replication_role = replica')
    for (const [what, sql] of Object.entries(statements)) {
      log(`Filling ${what}`)
      await em.execute(sql)
    }
    log('Vacuuming')
    for (const table of ['point_account', 'point_entry', 'product_stock', 'idempotency_record'])
      await em.execute(`vacuum (analyze) ${table}`)
    log('Rolling up the hours')
    await rebuildPopular(em)
    await em.execute('checkpoint')
  } finally {
    await database.close(true)
  }
}

const statements = {
  ledger: `
    insert into point_entry (member_id, kind, amount, balance_after, order_id, created_at)
    select member_id, kind, amount, sum(amount) over (partition by member_id order by at, order_id, kind), order_id, at
      from (
        select distinct member_id, 'CHARGE' as kind, ${CHARGE} as amount, null::uuid as order_id,
               timestamptz '2020-01-01T00:00Z' as at from "order"
        union all select member_id, 'PAYMENT', -total, id, paid_at from "order"
        union all select member_id, 'REFUND', total, id, cancelled_at from "order" where cancelled_at is not null
      ) entries
     order by at, order_id, kind`,
  accounts: `
    insert into point_account (member_id, balance)
    select member_id, sum(amount) from point_entry group by member_id`,
  stock: `
    update product_stock s set quantity = received - taken
      from (
        select product_id, sum(quantity) as taken from order_line l join "order" o on o.id = l.order_id
         where o.status = 'PAID' group by product_id
      ) sold where sold.product_id = s.product_id`,
  keys: `
    insert into idempotency_record (member_id, key, fingerprint, answer, created_at)
    select o.member_id, o.id::text, repeat('f', 43), json_build_object('id', o.id, 'memberId', o.member_id,
             'status', 'PAID', 'items', l.items, 'total', o.total, 'createdAt', o.created_at, 'paidAt', o.paid_at), o.created_at
      from "order" o join lateral (
        select json_agg(json_build_object('productId', product_id, 'name', name, 'unitPrice', unit_price,
                 'quantity', quantity, 'amount', unit_price * quantity)) as items
          from order_line where order_id = o.id
      ) l on true`,
}
