import { useTestDatabase } from '@jumun/test-kit/test-database'
import { expect, test } from 'vitest'
import { openDatabase } from '../../src/database/orm.ts'
import { runStatement } from '../../src/database/statement.ts'
import { inTransaction } from '../../src/database/transaction.ts'
import { idempotentCall, runIdempotent } from '../../src/idempotency/idempotency.ts'
import { cancelOrder } from '../../src/order/cancel-order.ts'
import { placeOrders } from '../../src/order/place-orders.ts'

const database = useTestDatabase()

async function openSingleConnection(parameters = '') {
  const orm = await openDatabase({ url: database.url + parameters, poolSize: 1 })
  return Object.assign(orm, { [Symbol.asyncDispose]: () => orm.close(true) })
}

test('a statement with bound values is prepared once per connection', async () => {
  await using orm = await openSingleConnection()
  const add = 'select $1::int + $2::int as sum'
  const prepared = await orm.em.transactional(async (em) => {
    expect(await runStatement(em, add, [1, 2])).toEqual([{ sum: 3 }])
    expect(await runStatement(em, add, [3, 4])).toEqual([{ sum: 7 }])
    return em.execute('select statement from pg_prepared_statements where statement = ?', [add])
  })
  expect(prepared).toEqual([{ statement: add }])
})

test('a transaction whose prepared statement a pooler lost is run again, and later ones go without prepared statements', async () => {
  await using orm = await openSingleConnection()
  const add = (one: number) => inTransaction(orm.em, (em) => runStatement(em, 'select $1::int + 1 as sum', [one]))
  expect(await add(1)).toEqual([{ sum: 2 }])
  await orm.em.execute('deallocate all')
  expect(await add(2)).toEqual([{ sum: 3 }])
  expect(await add(3)).toEqual([{ sum: 4 }])
  expect(await orm.em.execute('select name from pg_prepared_statements')).toEqual([])
})

test('with ?pgbouncer=true no statement is prepared under a name', async () => {
  await using orm = await openSingleConnection('?pgbouncer=true')
  expect(await inTransaction(orm.em, (em) => runStatement(em, 'select $1::int + 1 as sum', [1]))).toEqual([{ sum: 2 }])
  expect(await orm.em.execute('select name from pg_prepared_statements')).toEqual([])
})

test('statements run inside a transaction only', async () => {
  await using orm = await openSingleConnection()
  await expect(runStatement(orm.em.fork(), 'select $1::int', [1])).rejects.toThrow('inside a transaction only')
})

test('plans that were made on empty tables use indexes and scan no table after the tables have grown', async () => {
  await using orm = await openSingleConnection()
  const { em } = orm
  await em.execute(`with product as (insert into product (name, price) values ('tea', 1) returning id),
    stock as (insert into product_stock select id, 9, 9 from product) insert into point_account values ('mina', 9)`)
  const [product] = await em.execute<[{ id: number }]>('select id from product')
  const order = { memberId: 'mina', items: [{ productId: product.id, quantity: 1 }], payment: 'now' as const }
  await placeOrders(em, [{ ...order, idempotencyKey: 'order' }])
  const [unpaid] = await placeOrders(em, [{ ...order, payment: 'later' }], { maxOrders: 9, maxUnits: 9 })
  if (unpaid === undefined || unpaid instanceof Error) throw unpaid
  await cancelOrder(em, { orderId: unpaid.answer.id, mayAccess: () => true })
  const call = idempotentCall('point.charge', 'mina', 'charge', [])
  await inTransaction(em, (em) => runIdempotent(em, call, async () => 'answer'))
  await em.execute(`insert into product (name, price) select 'tea', 1 from generate_series(1, 20000)`)
  await em.execute(`insert into idempotency_record (member_id, key, fingerprint, answer, created_at)
    select 'mina', n, '', '{}', now() from generate_series(1, 20000) n`)
  await em.execute(`insert into point_account select n, 1 from generate_series(1, 20000) n`)
  await em.execute(`insert into product_stock select id, 1, 1 from product on conflict do nothing`)
  const prepared = await em.execute<{ name: string; types: string[] }[]>(
    `select name, parameter_types::text[] as types from pg_prepared_statements where generic_plans > 0 and custom_plans = 0`,
  )
  // Those that lock, read and write orders, count unpaid ones, return stock, write changes, and find and write the record of another call.
  expect(prepared).toHaveLength(12)
  for (const { name, types } of prepared) {
    const plan = JSON.stringify(await em.execute(`explain execute "${name}" (${types.map(() => 'null').join()})`))
    expect(plan).not.toContain('Seq Scan')
  }
})
