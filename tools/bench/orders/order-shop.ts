import type { Database } from '@jumun/domain'
import { openFillDatabase } from '../fill.ts'

const BALANCE = 9_000_000_000_000_000
const STOCK = 1_000_000_000_000
/** The price of every product, in whole KRW. */
export const PRICE = 1_000

interface OrderShopSize {
  members: number
  products: number
  /** Past orders. */
  orders: number
}

/** The database of a shop whose members have enough points and whose products have enough stock for any run. */
export interface OrderShop extends OrderShopSize, AsyncDisposable {
  databaseUrl: string
  /** How many orders are committed. */
  countOrders(): Promise<number>
  /** Transactions that have changed something, each of which writes one row of changes, and bytes of the write-ahead log. */
  countWrites(): Promise<{ batches: number; walBytes: number }>
  /** Deletes the pending events, so that one side does not deliver the events of the other. */
  deleteEvents(): Promise<void>
}

/** Fills a migrated, empty database with `member-1` to `member-{members}`, products of one price, and past orders. */
export async function fillOrderShop(databaseUrl: string, size: OrderShopSize): Promise<OrderShop> {
  const database = await openFillDatabase(databaseUrl)
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
  await fillPastOrders(em, size)
  return {
    ...size,
    databaseUrl,
    async countOrders() {
      const [row] = await em.execute<[{ count: number }]>('select count(*)::int as count from "order"')
      return row.count
    },
    async countWrites() {
      const [row] = await em.execute<[{ batches: number; walBytes: number }]>(
        `select (select count(*)::int from change) as batches,
           (pg_current_wal_insert_lsn() - '0/0')::float8 as "walBytes"`,
      )
      return row
    },
    async deleteEvents() {
      await em.execute('select feed_advance(0)')
      await em.execute('update feed_consumer set tick = (select max(number) from feed_tick), change_id = 0, done = 0')
      await em.execute('delete from undelivered_event')
      await em.execute('vacuum analyze change')
    },
    [Symbol.asyncDispose]: () => database.close(true),
  }
}

/**
 * Inserts paid orders of two lines each with their payments and keys, and analyzes the tables. Connections keep the plans of
 * prepared statements, and a plan for an empty table would scan the full table later.
 */
async function fillPastOrders(em: Database['em'], { members, products, orders }: OrderShopSize): Promise<void> {
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
