import { createProducts, openDatabase } from '@jumun/domain'

/** A statement that fills a table may take long, and a connection is given up that is silent for longer than one may. */
export const FILL_STATEMENT_MS = 3_600_000

const LINES_PER_ORDER = 2
const ORDERS_PER_STATEMENT = 100_000
const CANCELLED_SHARE = 0.03
const MEMBERS = 100_000

/** How much history to make. */
export interface History {
  lines: number
  /** Over how many days before now, evenly. */
  days: number
  products: number
  log: (message: string) => void
}

/**
 * Fills an empty shop with paid orders of two lines each, a few of them cancelled, in large statements and in the order of
 * time as a shop would have written them. A few products sell most: the n-th half as often as the one in half its place.
 */
export async function fillOrders(url: string, { lines, days, products, log }: History): Promise<void> {
  const database = await openDatabase({ url, poolSize: 1, statementTimeoutMs: FILL_STATEMENT_MS })
  try {
    const { em } = database
    const items = Array.from({ length: products }, (_, index) => ({
      name: `Product ${index + 1}`,
      price: 1_000 + index,
      stock: 1_000_000_000,
    }))
    await createProducts(em, items)
    // What is made here fits together; checking each foreign key of millions of rows would take most of the time.
    await em.execute('set session_replication_role = replica')
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
    await em.execute('vacuum (analyze) "order"')
    await em.execute('vacuum (analyze) order_line')
    await em.execute('checkpoint')
  } finally {
    await database.close(true)
  }
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
