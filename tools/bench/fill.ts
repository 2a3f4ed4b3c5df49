import { createProducts, rebuildPopular } from '@jumun/domain'
import { log } from './report.ts'
import { openBenchDatabase } from './shop.ts'

const LINES_PER_ORDER = 2
const ORDERS_PER_STATEMENT = 100_000
const CANCELLED_SHARE = 0.03
const MEMBERS = 100_000
const CHARGE = 1_000_000_000_000

/** One hour, because filling takes long. The pool closes connections that are silent for longer than the statement timeout. */
const STATEMENT_TIMEOUT_MS = 3_600_000

/** Opens a connection for statements that fill a shop. They skip the foreign keys, whose checks would take most of the time. */
export async function openFillDatabase(url: string) {
  const database = await openBenchDatabase({ url, poolSize: 1, statementTimeoutMs: STATEMENT_TIMEOUT_MS })
  await database.em.execute('set session_replication_role = replica')
  return database
}

/** How many order lines to create, over how many days before now, and of how many products. */
export interface FillOptions {
  lines: number
  days: number
  products: number
}

/**
 * Fills an empty shop with paid orders of two lines each, 3 % of them cancelled, in the order of time. Sales follow Zipf's
 * law: the n-th product sells half as often as the one with half its rank.
 */
export async function fillOrders(url: string, { lines, days, products }: FillOptions): Promise<void> {
  await using database = await openFillDatabase(url)
  const { em } = database
  const items = Array.from({ length: products }, (_, index) => ({
    name: `Product ${index + 1}`,
    price: 1_000 + index,
    stock: 1_000_000_000,
  }))
  await createProducts(em, items)
  const orders = Math.ceil(lines / LINES_PER_ORDER)
  const stepMs = (days * 86_400_000) / orders
  const start = Date.now() - days * 86_400_000
  for (let first = 0; first < orders; first += ORDERS_PER_STATEMENT) {
    const count = Math.min(ORDERS_PER_STATEMENT, orders - first)
    await em.execute(insertOrders(products), [start, stepMs, first, first + count - 1])
    if ((first / ORDERS_PER_STATEMENT) % 5 === 4 || first + count === orders)
      log(`${((first + count) * LINES_PER_ORDER).toLocaleString('en')} of ${lines.toLocaleString('en')} lines`)
  }
  log('Vacuuming')
  for (const table of ['"order"', 'order_line']) await em.execute(`vacuum (analyze) ${table}`)
  await em.execute('checkpoint')
}

/**
 * Adds to a shop filled by `fillOrders` what the orders imply: one charge per member, payments and refunds, balances, stock,
 * idempotency keys and the hourly rollup.
 */
export async function fillLedger(url: string): Promise<void> {
  await using database = await openFillDatabase(url)
  const { em } = database
  for (const [name, sql] of Object.entries(ledgerStatements)) {
    log(`Filling ${name}`)
    await em.execute(sql)
  }
  log('Vacuuming')
  for (const table of ['point_account', 'point_entry', 'product_stock', 'idempotency_record'])
    await em.execute(`vacuum (analyze) ${table}`)
  log('Rolling up the hours')
  await rebuildPopular(em)
  await em.execute('checkpoint')
}

const insertOrders = (products: number) => `
  with drawn as materialized (
    select uuidv7(paid_at - clock_timestamp()) as id, paid_at, first, member_id,
      case when second = first then first % ${products} + 1 else second end as second,
      case when random() < ${CANCELLED_SHARE} then least(paid_at + random() * interval '1 day', now()) end as cancelled_at,
      1 + floor(random() * 3)::int as first_quantity, 1 + floor(random() * 3)::int as second_quantity
    from (
      select to_timestamp((? + i * ?::float8) / 1000)::timestamptz(3) as paid_at,
        'member-' || floor(random() * ${MEMBERS}) as member_id,
        floor(power(${products}, random()))::int as first, floor(power(${products}, random()))::int as second
      from generate_series(?::int, ?::int) i
    ) orders
  ), placed as (
    insert into "order" (id, member_id, status, total, version, created_at, paid_at, cancelled_at)
    select id, member_id, case when cancelled_at is null then 'PAID' else 'CANCELLED' end,
      first_quantity * (999 + first) + second_quantity * (999 + second),
      case when cancelled_at is null then 1 else 2 end, paid_at, paid_at, cancelled_at
    from drawn
  )
  insert into order_line (order_id, product_id, name, unit_price, quantity)
  select id, product_id, 'Product ' || product_id, 999 + product_id, quantity
  from drawn cross join lateral (values (first, first_quantity), (second, second_quantity)) line (product_id, quantity)`

const ledgerStatements = {
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
