import { type Database, openDatabase } from '@jumun/domain'
import { FILL_STATEMENT_MS } from '../fill-orders.ts'

const BALANCE = 9_000_000_000_000_000
const STOCK = 1_000_000_000_000
/** What every product costs, in whole KRW. */
export const PRICE = 1_000

/** How much there is in a shop. */
export interface OrderShopSize {
  members: number
  products: number
  /** Orders of the past. */
  orders: number
}

/** The database of a shop whose members have points and whose products are in stock. */
export interface OrderShop extends OrderShopSize, AsyncDisposable {
  databaseUrl: string
  /** How many orders are committed in the database. */
  countOrders(): Promise<number>
  /** Throws away the events that wait, so that one side does not deliver what the other one left. */
  forgetEvents(): Promise<void>
}

/** Fills a migrated, empty database with `member-1` to `member-{members}`, products of one price, and past orders. */
export async function fillOrderShop(databaseUrl: string, size: OrderShopSize): Promise<OrderShop> {
  const database = await openDatabase({ url: databaseUrl, poolSize: 1, statementTimeoutMs: FILL_STATEMENT_MS })
  const { em } = database
  await em.execute(
    `with new as (insert into product (name, price) select 'Product ' || n, ${PRICE} from generate_series(1, ?::int) n
       returning id)
     insert into product_stock (product_id, quantity, received) select id, ${STOCK}, ${STOCK} from new`,
    [size.products],
  )
  await em.execute(
    `insert into point_account (member_id, balance) select 'member-' || n, ${BALANCE} from generate_series(1, ?::int) n`,
    [size.members],
  )
  await fillOrders(em, size)
  return {
    ...size,
    databaseUrl,
    async countOrders() {
      const [row] = await em.execute<[{ count: number }]>('select count(*)::int as count from "order"')
      return row.count
    },
    async forgetEvents() {
      await em.execute(`delete from pgboss.job where name = 'data-platform'`)
      await em.execute('vacuum analyze pgboss.job')
    },
    [Symbol.asyncDispose]: () => database.close(true),
  }
}

/**
 * Fills in paid orders of the past, two lines each, with their payments and keys, and has PostgreSQL look at the tables as
 * it would have by then. (Plans that are made for empty tables are kept, and read all of what is in them later.)
 */
async function fillOrders(em: Database['em'], { members, products, orders }: OrderShopSize): Promise<void> {
  await em.execute('set session_replication_role = replica')
  await em.execute(
    `with past as materialized (
       select uuidv7(-i * interval '1 second') as id, 'member-' || 1 + i % ?::int as member_id,
         1 + i % ?::int as first, 1 + (i + 1) % ?::int as second, (now() - i * interval '1 second')::timestamptz(3) as at
       from generate_series(1, ?::int) i
     ), placed as (
       insert into "order" (id, member_id, status, total, version, created_at, paid_at)
       select id, member_id, 'PAID', ${2 * PRICE}, 1, at, at from past
     ), keyed as (
       insert into idempotency_record (member_id, key, fingerprint, answer, created_at)
       select member_id, 'past-' || id, rpad('', 43, '0'), to_json(id), at from past
     ), paid as (
       insert into point_entry (member_id, kind, amount, balance_after, order_id, created_at)
       select member_id, 'PAYMENT', ${-2 * PRICE}, ${BALANCE}, id, at from past
     )
     insert into order_line (order_id, product_id, name, unit_price, quantity)
     select id, product_id, 'Product ' || product_id, ${PRICE}, 1
     from past cross join lateral (values (first), (second)) line (product_id)`,
    [members, products, products, orders],
  )
  await em.execute('set session_replication_role = default')
  await em.execute('vacuum analyze')
  await em.execute('checkpoint')
}
