import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import type { Order, PointBalance } from '@jumun/client'
import type { Cluster } from '../cluster/cluster.ts'
import { fingerprintOf } from '../workload/calls.ts'
import { collectFeed, FEED_TABLES } from './collect-feed.ts'

const PAGE_ROWS = 10_000
const FIRST_UUID = '00000000-0000-0000-0000-000000000000'

/** Tables for the contents of the database and of the data platform. */
export const TABLES = `
  create table stored_orders (
    id text primary key, member_id text, status text, total integer, version integer, paid integer, cancelled integer,
    lines text
  ) strict, without rowid;
  create table stored_keys (member_id text, key text, answer text, primary key (member_id, key)) strict, without rowid;
  create table stored_points (
    member_id text primary key, balance integer, charges integer, charged integer, uses integer, used integer,
    entries integer
  ) strict;
  create table stored_stock (product_id integer primary key, quantity integer, received integer, taken integer) strict;
  create table platform_orders (id text primary key, version integer, type text) strict, without rowid;
  create index calls_by_key on calls (member_id, key);
  create index calls_by_order on calls (order_id);
`

type Row = Record<string, SQLInputValue>

/** Copies the contents of the database and of the data platform into the history's database, page by page. */
export async function collect(cluster: Cluster, db: DatabaseSync): Promise<void> {
  db.exec(TABLES)
  db.exec(FEED_TABLES)
  db.exec('begin')
  await collectOrders(cluster, db)
  await collectKeys(cluster, db)
  await collectPoints(cluster, db)
  await collectStock(cluster, db)
  await collectPlatform(cluster, db)
  await collectFeed(cluster, db)
  db.exec('commit')
}

async function collectOrders({ postgres }: Cluster, db: DatabaseSync): Promise<void> {
  let after: unknown = FIRST_UUID
  while (after !== undefined) {
    const rows: Row[] = await postgres.sql<Row>(
      `select o.id, member_id, status, total::float8, version, (paid_at is not null)::int as paid,
              (cancelled_at is not null)::int as cancelled, lines
         from (select * from "order" where id > $1 order by id limit ${PAGE_ROWS}) as o
         left join lateral (
           select string_agg(product_id || ':' || quantity || ':' || unit_price, ',' order by product_id) as lines
             from order_line where order_id = o.id
         ) as l on true
        order by o.id`,
      [after],
    )
    insert(db, 'stored_orders', rows)
    after = rows.at(-1)?.['id']
  }
}

interface StoredKey {
  memberId: string
  key: string
  answer: Order | PointBalance
}

const isoTime = (column: string) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

/** The answer with which an order was placed. */
const PLACED = `json_build_object('id', o.id, 'memberId', o.member_id, 'total', o.total, 'cancelledAt', null,
  'status', case when o.expires_at is null then 'PAID' else 'PENDING_PAYMENT' end,
  'createdAt', ${isoTime('o.created_at')}, 'expiresAt', ${isoTime('o.expires_at')},
  'paidAt', case when o.expires_at is null then ${isoTime('o.created_at')} end,
  'items', (
    select json_agg(json_build_object('productId', product_id, 'name', name, 'unitPrice', unit_price, 'quantity', quantity,
        'amount', unit_price::int8 * quantity) order by product_id)
      from order_line where order_id = o.id))`

/** Copies the idempotency keys, except those of cancellations, restocks and carts: the client made them, and the history lacks them. */
async function collectKeys({ postgres }: Cluster, db: DatabaseSync): Promise<void> {
  let after: Pick<StoredKey, 'memberId' | 'key'> | undefined = { memberId: '', key: '' }
  while (after !== undefined) {
    const rows: StoredKey[] = await postgres.sql<StoredKey>(
      `select r.member_id as "memberId", key, coalesce(answer, ${PLACED}) as answer
         from idempotency_record r left join "order" o on o.id = r.order_id
        where (r.member_id, key) > ($1, $2) and key !~ '^[0-9a-f]{32}$' order by r.member_id, key limit ${PAGE_ROWS}`,
      [after.memberId, after.key],
    )
    const fingerprints = rows.map(({ memberId, key, answer }) => ({ memberId, key, answer: fingerprintOf(answer) }))
    insert(db, 'stored_keys', fingerprints)
    after = rows.at(-1)
  }
}

async function collectPoints({ postgres }: Cluster, db: DatabaseSync): Promise<void> {
  const rows = await postgres.sql<Row>(
    `select member_id, balance::float8,
            count(*) filter (where kind = 'CHARGE')::int as charges,
            coalesce(sum(amount) filter (where kind = 'CHARGE'), 0)::float8 as charged,
            count(*) filter (where kind = 'USE')::int as uses,
            coalesce(-sum(amount) filter (where kind = 'USE'), 0)::float8 as used,
            sum(amount)::float8 as entries
       from point_account join point_entry using (member_id) group by member_id`,
  )
  insert(db, 'stored_points', rows)
}

async function collectStock({ postgres }: Cluster, db: DatabaseSync): Promise<void> {
  const rows = await postgres.sql<Row>(
    `select product_id, quantity::float8, received::float8, coalesce(taken, 0)::float8 as taken
       from product_stock left join (
         select product_id, sum(quantity) as taken from order_line join "order" on id = order_id
          where status in ('PAID', 'PENDING_PAYMENT') group by product_id
       ) as sold using (product_id)`,
  )
  insert(db, 'stored_stock', rows)
}

async function collectPlatform({ platform }: Cluster, db: DatabaseSync): Promise<void> {
  for await (const page of platform.orders()) {
    const rows = page.map(({ orderId, version, type }) => ({ orderId, version, type }))
    insert(db, 'platform_orders', rows)
  }
}

/** Inserts rows whose fields have the order of the table's columns. */
function insert(db: DatabaseSync, table: string, rows: Row[]): void {
  const [first] = rows
  if (!first) return
  const statement = db.prepare(`insert into ${table} values (${Object.keys(first).fill('?').join(', ')})`)
  for (const row of rows) statement.run(...Object.values(row))
}
