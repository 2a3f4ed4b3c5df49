import { type ProxySide, startTcpProxy } from '@jumun/test-kit/tcp-proxy'
import { useTestDatabase } from '@jumun/test-kit/test-database'
import type { Client } from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { type Database, openDatabase } from '../../src/database/orm.ts'
import { SessionClient } from '../../src/database/session-client.ts'
import { runStatement } from '../../src/database/statement.ts'
import { inTransaction, write } from '../../src/database/transaction.ts'
import { Order } from '../../src/order/order.entity.ts'
import { placeOrders } from '../../src/order/place-orders.ts'
import { Product } from '../../src/product/product.entity.ts'
import { updateProduct } from '../../src/product/write-products.ts'

const database = useTestDatabase()

async function open(url: string): Promise<Database> {
  const orm = await openDatabase({ url, poolSize: 1 })
  onTestFinished(() => orm.close(true))
  return orm
}

/** A way to the database that counts how often the client sends something after it has received something. */
async function countRoundTrips(): Promise<{ url: string; during: (work: () => Promise<unknown>) => Promise<number> }> {
  let [trips, last]: [number, ProxySide] = [0, 'server']
  const onBytes = (from: ProxySide) => {
    if (from === 'client' && last === 'server') trips++
    last = from
  }
  const proxy = await startTcpProxy({ onBytes })
  onTestFinished(proxy.close)
  const during = async (work: () => Promise<unknown>) => {
    const before = trips
    await work()
    return trips - before
  }
  return { url: proxy.via(database.url), during }
}

const insert = 'insert into product (name, price) values ($1, $2)'
const countProducts = async (orm: Database, name: string) => orm.em.fork().count(Product, { name })

test('a single statement, and a transaction of writes, cost one round trip', async () => {
  const { url, during } = await countRoundTrips()
  const orm = await open(url)
  await orm.em.execute('select 1')
  expect(await during(() => orm.em.execute('select 1'))).toBe(1)
  expect(await during(() => countProducts(orm, 'tea'))).toBe(1)
  const writes = inTransaction.bind(undefined, orm.em, async (em) => {
    await write(em, insert, ['tea', 1])
    await write(em, insert, ['tea', 2])
  })
  expect(await during(writes)).toBe(1)
  expect(await countProducts(orm, 'tea')).toBe(2)
})

test('a batch of orders costs two round trips: one to lock and read, one to write and commit', async () => {
  const { url, during } = await countRoundTrips()
  const orm = await open(url)
  const [{ id }] = await orm.em.execute<[{ id: number }]>(
    `with product as (insert into product (name, price) values ('tea', 1) returning id),
      stock as (insert into product_stock select id, 10, 10 from product),
      account as (insert into point_account (member_id, balance) values ('mina', 10), ('jun', 10)) select id from product`,
  )
  const place = () =>
    placeOrders(
      orm.em,
      ['mina', 'jun'].map((memberId) => {
        const items = [{ productId: id, quantity: 1 }]
        return { memberId, items, payment: 'now' as const, idempotencyKey: crypto.randomUUID() }
      }),
    )
  await place()
  expect(await during(place)).toBe(2)
  expect(await orm.em.fork().count(Order)).toBe(4)
})

test('a change of a stock costs five round trips', async () => {
  const { url, during } = await countRoundTrips()
  const orm = await open(url)
  const [{ id }] = await orm.em.execute<
    [{ id: number }]
  >(`with product as (insert into product (name, price) values ('tea', 1) returning id),
    stock as (insert into product_stock select id, 10, 10 from product) select id from product`)
  const update = () => updateProduct(orm.em, { productId: id, stockDelta: -1, idempotencyKey: crypto.randomUUID() })
  await update()
  expect(await during(update)).toBe(5)
})

test('a write that fails after nobody waited for it rolls its transaction back, and its own error is thrown', async () => {
  const orm = await open(database.url)
  const run = (after: (em: Database['em']) => Promise<unknown>) =>
    inTransaction(orm.em, async (em) => {
      await write(em, insert, ['cup', 1])
      await write(em, insert, ['cup', -1])
      await after(em as Database['em'])
    })
  const later = [
    async () => {},
    (em: Database['em']) => em.execute('select 1'),
    () => Promise.reject(new Error('other')),
  ]
  for (const after of later)
    await expect(run(after)).rejects.toMatchObject({ code: '23514', constraint: 'product_price_check' })
  expect(await countProducts(orm, 'cup')).toBe(0)
})

test('without inTransaction, a write is waited for', async () => {
  const orm = await open(database.url)
  const call = orm.em.fork().transactional(async (em) => {
    await write(em, insert, ['pot', -1]).catch((error) => {
      throw new Error(`waited: ${error.code}`)
    })
  })
  await expect(call).rejects.toThrow('waited: 23514')
})

test('a connection whose begin failed is closed before anything is written over it', async () => {
  const client: Client = new SessionClient({ connectionString: database.url })
  client.on('error', () => {})
  await client.connect()
  await client.query('begin isolation level none')
  // It fails as well, unless its answer has arrived with that to the begin.
  await client.query('select 1').catch(() => {})
  await expect(client.query(`insert into product (name, price) values ('lost', 1)`)).rejects.toThrow()
  await client.end()
  expect(await countProducts(await open(database.url), 'lost')).toBe(0)
})

test('a rollback right after the begin leaves the connection usable', async () => {
  const orm = await open(database.url)
  await expect(orm.em.fork().transactional(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await inTransaction(orm.em, (em) => runStatement(em, 'select $1::int as one', [1]))).toEqual([{ one: 1 }])
})
