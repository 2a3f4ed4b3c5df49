import type { EntityManager } from '@mikro-orm/postgresql'
import { write } from '../database/transaction.ts'
import { stockChanged, toRow } from '../feed/write-changes.ts'
import type { OrderBatch } from './order-batch.ts'

/**
 * Each column is one array. Ledger ids follow the array's order, so that a member's ledger is sorted. The second condition of each update
 * keeps a plan that was made while the table was small from scanning all of it later.
 */
const WRITE_ORDERS = `
  with new_order as (
    insert into "order" (id, member_id, status, total, version, created_at, paid_at, expires_at)
    select id, member_id, status, total, 1, created_at, paid_at, expires_at
      from unnest($1::uuid[], $2::text[], $3::text[], $4::int8[], $5::timestamptz[], $6::timestamptz[], $7::timestamptz[])
        as given (id, member_id, status, total, created_at, paid_at, expires_at)
  ), new_line as (
    insert into order_line (order_id, product_id, name, unit_price, quantity)
    select * from unnest($8::uuid[], $9::int[], $10::text[], $11::int[], $12::int[])
  ), new_entry as (
    insert into point_entry (member_id, kind, amount, balance_after, order_id, created_at)
    select member_id, 'PAYMENT', -total, balance_after, order_id, $17
      from unnest($13::text[], $14::int8[], $15::int8[], $16::uuid[]) as given (member_id, total, balance_after, order_id)
  ), new_balance as (
    update point_account set balance = given.balance from unnest($22::text[], $23::int8[]) as given (id, balance)
     where member_id = given.id and member_id = any($22::text[])
  ), new_stock as (
    update product_stock set quantity = given.quantity from unnest($24::int[], $25::int8[]) as given (id, quantity)
     where product_id = given.id and product_id = any($24::int[])
  ), new_change as (
    insert into change (events, outgoing) values ($26::json, $27::int)
  )
  insert into idempotency_record (member_id, key, fingerprint, order_id, created_at)
  select member_id, key, fingerprint, order_id, $17
    from unnest($18::text[], $19::text[], $20::text[], $21::uuid[]) as given (member_id, key, fingerprint, order_id)`

/** Writes the orders of a batch in one statement: orders, lines, payments, idempotency records, balances, stock and changes. */
export async function writeOrders(
  em: EntityManager,
  { now, orders, payments, keys, accounts, stocks, changes }: OrderBatch,
): Promise<void> {
  if (orders.length === 0) return
  const lines = orders.flatMap(({ id, items }) => items.map((item) => ({ ...item, orderId: id })))
  const payers = payments.map(({ memberId }) => memberId)
  const productIds = lines.map(({ productId }) => productId)
  const changedStocks = pick(stocks, productIds)
  const ordered = changedStocks.map(({ productId, quantity }) => stockChanged(productId, quantity, 'order', null))
  await write(em, WRITE_ORDERS, [
    ...columns(orders, ['id', 'memberId', 'status', 'total', 'createdAt', 'paidAt', 'expiresAt']),
    ...columns(lines, ['orderId', 'productId', 'name', 'unitPrice', 'quantity']),
    ...columns(payments, ['memberId', 'total', 'balanceAfter', 'orderId']),
    now,
    ...columns(keys.added, ['memberId', 'key', 'fingerprint', 'orderId']),
    ...columns(pick(accounts, payers), ['memberId', 'balance']),
    ...columns(changedStocks, ['productId', 'quantity']),
    ...toRow(em, now, [...changes, ...ordered]),
  ])
}

/** The values of the given keys, each once. */
function pick<Key, Value>(all: Map<Key, Value>, keys: Key[]): Value[] {
  return [...new Set(keys)].flatMap((key) => all.get(key) ?? [])
}

function columns<Row>(rows: readonly Row[], names: (keyof Row)[]): unknown[][] {
  return names.map((name) => rows.map((row) => row[name]))
}
