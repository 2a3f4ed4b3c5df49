import { setTimeout as sleep } from 'node:timers/promises'
import { useShop } from '@jumun/test-kit/domain-shop'
import { urlOfDatabase } from '@jumun/test-kit/on-server'
import type { EntityManager } from '@mikro-orm/postgresql'
import { Client } from 'pg'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../../src/database/orm.ts'
import { inTransaction } from '../../src/database/transaction.ts'
import { placeInTransaction } from '../../src/order/place-orders.ts'
import { advancePopular } from '../../src/popular/advance-popular.ts'
import { PopularWindows } from '../../src/popular/popular-windows.ts'
import { readPopular } from '../../src/popular/read-popular.ts'

/** A little more than the distance of the watermark from the current time. */
const WATERMARK_LAG_MS = 1_050

const shop = useShop()
let windows: PopularWindows
let memberId: string
let productId: number

beforeEach(async () => {
  windows = new PopularWindows(shop.em)
  memberId = await shop.member()
  productId = await shop.product()
})

/** What the kept window reports for the product after the rollup and the window have advanced as far as possible. */
async function soldNow(): Promise<number> {
  await advanceAll()
  return readSold()
}

async function advanceAll(): Promise<void> {
  while (await advancePopular(shop.em)) {}
  await windows.refresh()
}

async function readSold(from = windows): Promise<number> {
  const { items } = await readPopular(shop.em, from, { days: 3, limit: 100 })
  return items.find((item) => item.productId === productId)?.sold ?? 0
}

/** What a new window reports, as in a process that has just started. */
function readSoldInNewWindow(): Promise<number> {
  return readSold(new PopularWindows(shop.em))
}

async function watermark(): Promise<number> {
  const [row] = await shop.em.execute<[{ ms: number }]>(
    'select (extract(epoch from watermark) * 1000)::float8 as ms from popular_state',
  )
  return row.ms
}

async function openClient(url = shop.url, settings = {}): Promise<Client> {
  const client = new Client({ connectionString: url, ...settings })
  await client.connect()
  onTestFinished(() => client.end())
  return client
}

/** Starts a transaction that stays open until `commit` is called. */
async function startTransaction(work: (em: EntityManager) => Promise<unknown>): Promise<{ commit(): Promise<void> }> {
  const done = Promise.withResolvers<void>()
  const end = Promise.withResolvers<void>()
  const transaction = inTransaction(shop.em, async (em) => {
    await work(em)
    done.resolve()
    await end.promise
  })
  await Promise.race([done.promise, transaction])
  return {
    commit() {
      end.resolve()
      return transaction
    },
  }
}

test('an order of a long transaction is counted', async () => {
  expect(await soldNow()).toBe(0)
  const items = [{ productId, quantity: 3 }]
  const order = await startTransaction((em) => placeInTransaction(em, [{ memberId, payment: 'now', items }]))
  for (let second = 0; second < 2; second++) {
    await sleep(WATERMARK_LAG_MS)
    expect(await soldNow()).toBe(0)
  }
  await order.commit()
  expect(await soldNow()).toBe(3)
  expect(await readSoldInNewWindow()).toBe(3)
  await sleep(WATERMARK_LAG_MS)
  expect(await soldNow()).toBe(3)
  expect(await readSoldInNewWindow()).toBe(3)
})

test('a cancellation of a long transaction is counted', async () => {
  await shop.place({ memberId, items: [{ productId, quantity: 3 }] })
  expect(await soldNow()).toBe(3)
  const cancellation = await startTransaction((em) =>
    em.execute(
      `update "order" set status = 'CANCELLED', cancelled_at = date_trunc('milliseconds', now()) where member_id = ?`,
      [memberId],
    ),
  )
  for (let second = 0; second < 2; second++) {
    await sleep(WATERMARK_LAG_MS)
    expect(await soldNow()).toBe(3)
  }
  await cancellation.commit()
  expect(await soldNow()).toBe(0)
  expect(await readSoldInNewWindow()).toBe(0)
  await sleep(WATERMARK_LAG_MS)
  expect(await soldNow()).toBe(0)
  expect(await readSoldInNewWindow()).toBe(0)
})

test('an order that became visible half a second after its payment is counted', async () => {
  expect(await soldNow()).toBe(0)
  await shop.place({ memberId, items: [{ productId, quantity: 3 }] })
  await shop.em.execute(`update "order" set paid_at = now() - interval '500 ms' where member_id = ?`, [memberId])
  expect(await readSold()).toBe(3)
  await sleep(WATERMARK_LAG_MS)
  expect(await soldNow()).toBe(3)
  expect(await readSoldInNewWindow()).toBe(3)
})

test('a long backup does not delay the rollup', async () => {
  const backup = await openClient(shop.url, { application_name: 'pg_dump' })
  await backup.query('begin isolation level repeatable read read only; select 1')
  await sleep(WATERMARK_LAG_MS)
  const before = Date.now() - WATERMARK_LAG_MS - 500
  await advanceAll()
  expect(await watermark()).toBeGreaterThan(before)
})

test('a transaction in another database does not delay the rollup', async () => {
  const elsewhere = await openClient(urlOfDatabase(shop.url, 'postgres'))
  await elsewhere.query('begin')
  await sleep(WATERMARK_LAG_MS)
  const before = Date.now() - WATERMARK_LAG_MS - 500
  await advanceAll()
  expect(await watermark()).toBeGreaterThan(before)
})

test('the rollup stops with a helpful error if its role cannot see when transactions started', async () => {
  const role = `limited_${new URL(shop.url).pathname.slice(1)}`
  await shop.em.execute(`create role ${role} login password 'limited'`)
  await shop.em.execute(`grant all on all tables in schema public to ${role}`)
  const url = new URL(shop.url)
  url.username = role
  url.password = 'limited'
  const limited = await openDatabase({ url: url.href, poolSize: 1 })
  try {
    await advanceAll()
    const before = await watermark()
    await expect(advancePopular(limited.em)).rejects.toThrow('grant pg_read_all_stats')
    expect(await watermark()).toBe(before)
    await shop.em.execute(`grant pg_read_all_stats to ${role}`)
    await sleep(10)
    await advancePopular(limited.em)
    expect(await watermark()).toBeGreaterThan(before)
  } finally {
    await limited.close(true)
    await shop.em.execute(`drop owned by ${role}`)
    await shop.em.execute(`drop role ${role}`)
  }
})
