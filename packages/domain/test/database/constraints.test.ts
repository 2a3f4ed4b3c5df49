import { useTestDatabase } from '@jumun/test-kit/test-database'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'

const database = useTestDatabase()
let client: Client

const ORDER = '019310a4-6f00-7000-8000-000000000001'
const NEW_ORDER = '019310a4-6f00-7000-8000-000000000002'

beforeAll(async () => {
  client = new Client({ connectionString: database.url })
  await client.connect()
  await client.query(`
    insert into point_account (member_id, balance) values ('mina', 1000);
    insert into product (name, price, key) values ('tea', 1000, 'sku');
    insert into product_stock values (1, 5, 10);
    insert into "order" values ('${ORDER}', 'mina', 'PAID', 1000, 1, now(), now());
    insert into order_line values ('${ORDER}', 1, 'tea', 1000, 1);
    insert into point_entry (member_id, kind, amount, balance_after, order_id, created_at)
      values ('mina', 'PAYMENT', -1000, 1000, '${ORDER}', now());
    insert into stock_adjustment (product_id, delta, stock_after, created_at) values (1, 5, 5, now());
    insert into cart (member_id) values ('mina');
    insert into cart_item (member_id, product_id, quantity) values ('mina', 1, 1);
    insert into idempotency_record values ('mina', 'k', 'f', '{}', now());
    insert into popular_hour values ('2026-01-15T03:00Z', 1, 1);
    insert into change (events, outgoing) values ('[]', 0);
    insert into undelivered_event (id, event, order_id, version) values ('${ORDER}', '{}', '${ORDER}', 1);
    insert into api_process values ('${ORDER}', 'host', 1, '0.1.0', now(), now());
    insert into sign_in_code values ('h', 'mina', 'member', now());
  `)
})
afterEach(() => client.query('rollback'))
afterAll(() => client.end())

const entry = (values: string) =>
  `insert into point_entry (member_id, kind, amount, balance_after, order_id, created_at) values (${values}, now())`

const adjustment = (values: string) =>
  `insert into stock_adjustment (product_id, delta, stock_after, reason, created_at) values (${values}, now())`

/** Returns a statement that inserts a valid order with some columns replaced. */
function order(columns: Record<string, string>): string {
  const all = {
    id: `'${NEW_ORDER}'`,
    member_id: `'mina'`,
    status: `'PAID'`,
    total: '1',
    version: '1',
    created_at: 'now()',
    paid_at: 'now()',
    expires_at: 'null',
    cancelled_at: 'null',
    ...columns,
  }
  return `insert into "order" (${Object.keys(all)}) values (${Object.values(all)})`
}

const pending = { status: `'PENDING_PAYMENT'`, paid_at: 'null', expires_at: 'now()' }

/** Each constraint with statements that it must reject. */
const rejected: Record<string, string[]> = {
  point_account_pkey: [`insert into point_account (member_id, balance) values ('mina', 0)`],
  point_account_balance_check: [
    `update point_account set balance = -1`,
    `update point_account set balance = 9007199254740992`,
    `insert into point_account (member_id, balance) values ('new', -1)`,
  ],
  point_entry_pkey: [`insert into point_entry values (1, 'mina', 'CHARGE', 1, 1, null, now())`],
  point_entry_kind_check: [entry(`'mina', 'GIFT', -1, 1, null`), entry(`'mina', 'charge', -1, 1, null`)],
  point_entry_sign_check: [
    entry(`'mina', 'CHARGE', -1, 1, null`),
    entry(`'mina', 'CHARGE', 0, 1, null`),
    entry(`'mina', 'USE', 1, 1, null`),
    entry(`'mina', 'USE', 0, 1, null`),
    entry(`'mina', 'PAYMENT', 1, 1, '${ORDER}'`),
    entry(`'mina', 'REFUND', -1, 1, '${ORDER}'`),
  ],
  point_entry_order_check: [
    entry(`'mina', 'CHARGE', 1, 1, '${ORDER}'`),
    entry(`'mina', 'USE', -1, 1, '${ORDER}'`),
    entry(`'mina', 'PAYMENT', -1, 1, null`),
    entry(`'mina', 'REFUND', 1, 1, null`),
  ],
  point_entry_balance_check: [
    entry(`'mina', 'USE', -1, -1, null`),
    entry(`'mina', 'CHARGE', 1, 9007199254740992, null`),
  ],
  point_entry_reason_check: [
    `insert into point_entry (member_id, kind, amount, balance_after, created_at, reason)
    values ('mina', 'CHARGE', 1, 1, now(), '')`,
  ],
  point_entry_order_id_unique: [entry(`'mina', 'PAYMENT', -1, 1, '${ORDER}'`)],
  point_entry_member_id_foreign: [
    entry(`'nobody', 'CHARGE', 1, 1, null`),
    `delete from point_account`,
    `update point_account set member_id = 'other'`,
  ],
  point_entry_order_id_foreign: [entry(`'mina', 'PAYMENT', -1, 1, '${NEW_ORDER}'`), `delete from "order"`],
  product_pkey: [`insert into product (id, name, price) values (1, 'tea', 1)`],
  product_price_check: [
    `insert into product (name, price) values ('tea', 0)`,
    `insert into product (name, price) values ('tea', -1)`,
    `update product set price = 1000000001`,
  ],
  product_key_unique: [`insert into product (name, price, key) values ('tea', 1, 'sku')`],
  product_key_check: [`insert into product (name, price, key) values ('tea', 1, '')`],
  product_name_check: [`insert into product (name, price) values ('', 1)`],
  product_stock_pkey: [`insert into product_stock values (1, 1, 1)`],
  product_stock_quantity_check: [`update product_stock set quantity = -1`],
  product_stock_received_check: [`update product_stock set quantity = 11`, `update product_stock set received = 4`],
  product_stock_product_id_foreign: [`insert into product_stock values (2, 1, 1)`],
  stock_adjustment_pkey: ['insert into stock_adjustment table stock_adjustment'],
  stock_adjustment_stock_check: [adjustment(`1, -9, -1, null`), adjustment(`1, 2, 1, null`)],
  stock_adjustment_reason_check: [adjustment(`1, 1, 6, ''`), adjustment(`1, 1, 6, normalize('각', nfd)`)],
  stock_adjustment_product_id_foreign: [adjustment(`2, 1, 1, null`)],
  order_pkey: [order({ id: `'${ORDER}'` })],
  order_total_check: [order({ total: '0' }), order({ total: '-1' })],
  order_version_check: [order({ version: '0' })],
  order_status_check: [order({ status: `'LOST'` }), order({ status: `'paid'` })],
  order_paid_check: [order({ paid_at: 'null' })],
  order_unpaid_check: [
    order({ ...pending, paid_at: 'now()' }),
    order({ status: `'EXPIRED'`, expires_at: 'now()', paid_at: 'now()' }),
  ],
  order_pending_check: [order({ ...pending, expires_at: 'null' })],
  order_cancelled_check: [
    order({ status: `'CANCELLED'` }),
    order({ cancelled_at: 'now()' }),
    order({ ...pending, cancelled_at: 'now()' }),
  ],
  order_cancelled_by_check: [order({ cancelled_by: `'operator'` }), order({ cancel_reason: `'gone'` })],
  order_cancel_reason_check: [
    order({ status: `'CANCELLED'`, cancelled_at: 'now()', cancel_reason: `''` }),
    order({ status: `'CANCELLED'`, cancelled_at: 'now()', cancel_reason: `normalize('각', nfd)` }),
  ],
  order_line_pkey: [`insert into order_line values ('${ORDER}', 1, 'tea', 1, 1)`],
  order_line_quantity_check: [`update order_line set quantity = 0`, `update order_line set quantity = 1001`],
  order_line_unit_price_check: [`update order_line set unit_price = 0`],
  order_line_order_id_foreign: [`insert into order_line values ('${NEW_ORDER}', 1, 'tea', 1, 1)`],
  order_line_product_id_foreign: [
    `insert into order_line values ('${ORDER}', 2, 'tea', 1, 1)`,
    `delete from product_stock; delete from cart_item; drop table stock_adjustment; delete from product`,
  ],
  cart_pkey: [`insert into cart (member_id) values ('mina')`],
  cart_item_pkey: [`insert into cart_item (member_id, product_id, quantity) values ('mina', 1, 1)`],
  cart_item_quantity_check: [`update cart_item set quantity = 0`, `update cart_item set quantity = 1001`],
  cart_item_member_id_foreign: [
    `insert into cart_item (member_id, product_id, quantity) values ('nobody', 1, 1)`,
    `delete from cart`,
  ],
  cart_item_product_id_foreign: [`insert into cart_item (member_id, product_id, quantity) values ('mina', 2, 1)`],
  idempotency_record_pkey: [`insert into idempotency_record values ('mina', 'k', 'other', '{}', now())`],
  idempotency_record_answer_check: [
    'update idempotency_record set answer = null',
    `update idempotency_record set order_id = '${ORDER}'`,
  ],
  popular_hour_pkey: [`insert into popular_hour values ('2026-01-15T03:00Z', 1, 2)`],
  popular_state_pkey: [`insert into popular_state values (1, now(), 1)`],
  popular_state_single_check: [`insert into popular_state values (2, now(), 1)`],
  change_pkey: ['insert into change (id, events, outgoing) select id, events, outgoing from change'],
  feed_tick_pkey: ['insert into feed_tick table feed_tick'],
  feed_consumer_pkey: ['insert into feed_consumer table feed_consumer'],
  undelivered_event_pkey: ['insert into undelivered_event table undelivered_event'],
  api_process_pkey: ['insert into api_process table api_process'],
  sign_in_code_pkey: ['insert into sign_in_code table sign_in_code'],
  sign_in_code_role_check: [`update sign_in_code set role = 'owner'`],
}

test.each(Object.entries(rejected).flatMap(([name, statements]) => statements.map((sql) => [name, sql])))(
  '%s rejects: %s',
  async (name, sql) => {
    await client.query('begin')
    // The key of a partitioned table has another name in each partition.
    const pattern = new RegExp(`^${name.replace('change_', 'change_\\d_')}$`)
    await expect(client.query(sql)).rejects.toMatchObject({ constraint: expect.stringMatching(pattern) })
  },
)

test('these tests cover every constraint of the schema', async () => {
  const { rows } = await client.query(
    `select conname from pg_constraint
      where connamespace = 'public'::regnamespace and contype in ('c', 'f', 'p', 'u', 'x')
        and conrelid <> 'mikro_orm_migrations'::regclass and conparentid = 0
      union all select relname from pg_index join pg_class on pg_class.oid = indexrelid
        where relnamespace = 'public'::regnamespace and indisunique and indpred is not null`,
  )
  expect(rows.map((row) => row.conname).toSorted()).toEqual(Object.keys(rejected).toSorted())
})

test('valid orders, entries and carts are accepted', async () => {
  const valid = [
    order({}),
    order({ ...pending }),
    order({ status: `'CANCELLED'`, cancelled_at: 'now()', cancelled_by: `'operator'`, cancel_reason: `'gone'` }),
    order({ ...pending, status: `'CANCELLED'`, cancelled_at: 'now()' }),
    order({ ...pending, status: `'EXPIRED'` }),
    entry(`'mina', 'REFUND', 1000, 9007199254740991, '${ORDER}'`),
    entry(`'mina', 'USE', -1, 0, null`),
    `update point_account set balance = 9007199254740991`,
    `update product_stock set quantity = 10`,
    `update cart_item set quantity = 1000`,
  ]
  for (const sql of valid) {
    await client.query('begin')
    await client.query(sql)
    await client.query('rollback')
  }
})

test.each([
  [`a member id of 65 characters`, `insert into point_account (member_id, balance) values (repeat('x', 65), 1)`],
  [
    'an idempotency key of 256 characters',
    `insert into idempotency_record values ('mina', repeat('x', 256), 'f', '{}', now())`,
  ],
  ['a product key of 65 characters', `insert into product (name, price, key) values ('tea', 1, repeat('x', 65))`],
  [
    'a reason of 201 characters',
    `insert into stock_adjustment (product_id, delta, stock_after, reason, created_at) values (1, 1, 6, repeat('x', 201), now())`,
  ],
  ['a product name of 201 characters', `insert into product (name, price) values (repeat('x', 201), 1)`],
])('%s is too long', async (_, sql) => {
  await expect(client.query(sql)).rejects.toMatchObject({ code: '22001' })
})
