import { type Shop, useShop } from '@jumun/test-kit/domain-shop'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { eventsAfterCursor } from '../../src/delivery/delivery-cursor.ts'
import { advanceFeed } from '../../src/feed/advance-feed.ts'
import { cancelOrder } from '../../src/order/cancel-order.ts'
import { expireOrders } from '../../src/order/expire-orders.ts'
import { payOrder } from '../../src/order/pay-order.ts'
import { usePoints } from '../../src/point/move-points.ts'
import { advancePopular } from '../../src/popular/advance-popular.ts'

const KEY = 'a-key'
const TABLES = [
  'point_account',
  'point_entry',
  'product_stock',
  'order',
  'order_line',
  'idempotency_record',
  'popular_hour',
  'change',
  'undelivered_event',
]

/** The ids of what the shop contains: a sold product, two members and one order in each state. All orders are of one `hour`. */
export interface Fixture {
  product: number
  member: string
  other: string
  paid: string
  paidLater: string
  pending: string
  expired: string
  cancelled: string
  hour: string
}

/** Opens a shop with orders in every status, without constraints and triggers, and restores its rows after each test. */
export function useBreakableShop(): {
  readonly em: Shop['em']
  readonly fixture: Fixture
  sql(sql: string): Promise<void>
} {
  const shop = useShop()
  let client: Client
  let fixture: Fixture
  beforeAll(async () => {
    client = new Client({ connectionString: shop.url })
    await client.connect()
    fixture = await createFixture(shop, client)
    await removeConstraints(client)
    await client.query('create schema backup')
    for (const table of TABLES) await client.query(`create table backup."${table}" as table public."${table}"`)
  })
  afterAll(() => client.end())
  afterEach(() => restoreRows(client))
  return {
    get em() {
      return shop.em
    },
    get fixture() {
      return fixture
    },
    async sql(sql) {
      await client.query(sql)
    },
  }
}

async function createFixture(shop: Shop, client: Client): Promise<Fixture> {
  const { em } = shop
  const mayAccess = () => true
  const [product, member, other] = [await shop.product(), await shop.member(), await shop.member()]
  await usePoints(em, { memberId: member, amount: 7 })
  const place = async (payment: 'now' | 'later', idempotencyKey?: string) => {
    const items = [{ productId: product, quantity: 1 }]
    return (await shop.place({ memberId: member, items, payment, idempotencyKey })).answer.id
  }
  const [paidLater, expired] = [await place('later'), await place('later')]
  await payOrder(em, { orderId: paidLater, mayAccess })
  await client.query(`update "order" set expires_at = now() where id = '${expired}'`)
  await expireOrders(em)
  const [paid, pending, cancelled] = [await place('now', KEY), await place('later'), await place('now')]
  await cancelOrder(em, { orderId: cancelled, mayAccess })
  const shift = ['created_at', 'paid_at', 'expires_at', 'cancelled_at'].map((at) => `${at} = ${at} - interval '1 day'`)
  const { rows } = await client.query(`update "order" set ${shift}
    returning to_char(date_trunc('hour', paid_at, 'UTC') at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"') as hour`)
  while (await advancePopular(em));
  await client.query(`insert into undelivered_event (id, event, order_id, version)
    select (event->>'id')::uuid, event, (event->'data'->'order'->>'id')::uuid, 1 from ${eventsAfterCursor} unsent`)
  await client.query('update feed_consumer set tick = $1', [await advanceFeed(em.fork())])
  return { product, member, other, paid, paidLater, pending, expired, cancelled, hour: rows.at(-1).hour }
}

/** Disables the triggers and drops the constraints, which would reject broken rows. */
async function removeConstraints(client: Client): Promise<void> {
  await client.query('set session_replication_role = replica')
  const { rows } = await client.query(
    `select format('alter table %s drop constraint %I cascade', conrelid::regclass, conname) as sql
       from pg_constraint join pg_class c on c.oid = conrelid
      where connamespace = 'public'::regnamespace and contype in ('c', 'f', 'u', 'p') and not relispartition
      order by contype = 'p'`,
  )
  for (const { sql } of rows) await client.query(sql)
}

async function restoreRows(client: Client): Promise<void> {
  for (const table of TABLES) {
    await client.query(`delete from public."${table}"`)
    await client.query(`insert into public."${table}" table backup."${table}"`)
  }
}
