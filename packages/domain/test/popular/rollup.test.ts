import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { useShop } from '@jumun/test-kit/domain-shop'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { startProgram } from '@jumun/test-kit/program'
import { IsolationLevel } from '@mikro-orm/postgresql'
import { Client } from 'pg'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { type Database, openDatabase } from '../../src/database/orm.ts'
import { cancelOrder } from '../../src/order/cancel-order.ts'
import { advancePopular } from '../../src/popular/advance-popular.ts'
import { PopularWindows } from '../../src/popular/popular-windows.ts'
import { readPopular } from '../../src/popular/read-popular.ts'
import { rebuildPopular } from '../../src/popular/rebuild-popular.ts'
import { type Catalog, createCatalog, insertPastOrders } from './past-orders.ts'

const ADVANCE = fileURLToPath(new URL('advance-program.ts', import.meta.url))
const DAY_MS = 86_400_000

/** A little more than the distance of the watermark from the current time. */
const WATERMARK_LAG_MS = 1_050

const shop = useShop()
let other: Database
let catalog: Catalog

beforeAll(async () => {
  other = await openDatabase({ url: shop.url })
  catalog = await createCatalog(shop, 10)
})
afterAll(() => other.close(true))

beforeEach(async () => {
  await insertPastOrders(shop.em, catalog, pastTimes(200, 20))
  await resetRollup()
})

function pastTimes(count: number, days: number): number[] {
  return Array.from(
    { length: count },
    () => Date.now() - 2 * WATERMARK_LAG_MS - Math.floor(Math.random() * days * DAY_MS),
  )
}

async function resetRollup(): Promise<void> {
  await shop.em.execute('delete from popular_hour')
  await shop.em.execute(`update popular_state set watermark = 'epoch'`)
}

async function rollUpAll(): Promise<void> {
  while (await advancePopular(shop.em)) {}
}

/** Differences between the rollup and the orders that were paid before the watermark and not cancelled before it. */
async function findDifferences(): Promise<unknown[]> {
  return shop.em.fork().transactional(
    (em) =>
      em.execute(
        `select hour, product_id, rolled.sold as rolled, counted.sold as counted
          from (select hour, product_id, sold from popular_hour where sold <> 0) rolled
          full join (
            select to_timestamp(floor(extract(epoch from paid_at) / 3600) * 3600) as hour, product_id, sum(quantity) as sold
            from "order" join order_line on order_id = id, popular_state
            where paid_at < watermark and (cancelled_at is null or cancelled_at >= watermark)
            group by 1, 2
          ) counted using (hour, product_id)
          where rolled.sold is distinct from counted.sold`,
      ),
    { isolationLevel: IsolationLevel.REPEATABLE_READ },
  )
}

async function lagMs(): Promise<number> {
  const [row] = await shop.em.execute<[{ lag: number }]>(
    `select (extract(epoch from clock_timestamp() - watermark) * 1000)::float8 as lag from popular_state`,
  )
  return row.lag
}

async function readRollup(): Promise<unknown[]> {
  return shop.em.execute('select hour, product_id, sold from popular_hour where sold <> 0 order by 1, 2')
}

test('the rollup holds the orders before the watermark, which stays a second behind the current time', async () => {
  await rollUpAll()
  expect(await findDifferences()).toEqual([])
  expect((await readRollup()).length).toBeGreaterThan(100)
  expect(await lagMs()).toBeGreaterThanOrEqual(1_000)
  expect(await lagMs()).toBeLessThan(scaleByLoad(5_000))
})

test('a long past is rolled up in one step per day with orders, and periods without orders need no step', async () => {
  let steps = 1
  while (await advancePopular(shop.em)) steps++
  expect(steps).toBeGreaterThan(10)
  expect(steps).toBeLessThan(25)
})

test('concurrent rollups count each order once', async () => {
  const ems = [shop.em, other.em, shop.em, other.em]
  await Promise.all(
    ems.map(async (em) => {
      for (let step = 0; step < 60; step++) await advancePopular(em, { maxHours: 5 })
    }),
  )
  await rollUpAll()
  expect(await findDifferences()).toEqual([])
})

test('a process that is killed during a rollup changes nothing, and the next one completes the rollup', async () => {
  await rollUpAll()
  const before = await readRollup()
  await shop.place({ memberId: catalog.memberId, items: [{ productId: catalog.productIds[0] ?? 0, quantity: 1 }] })
  await sleep(WATERMARK_LAG_MS)
  const blocker = new Client({ connectionString: shop.url })
  await blocker.connect()
  // The process waits for this lock after it has written the hours and before it writes the watermark.
  await blocker.query('begin; lock table popular_state in share mode')
  const program = startProgram(ADVANCE, { args: [shop.url], cleanUp: onTestFinished })
  const waiting = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
  await expect.poll(async () => (await shop.em.execute(waiting)).length, { timeout: scaleByLoad(10_000) }).toBe(1)
  await program.kill()
  await blocker.end()
  expect(await readRollup()).toEqual(before)
  // The server ends the transaction only when it notices that the connection is closed.
  await expect.poll(() => rollUpAll().then(readRollup)).not.toEqual(before)
  expect(await findDifferences()).toEqual([])
})

test('a cancelled order is deducted from an hour that is already rolled up', async () => {
  await rollUpAll()
  const orders = await shop.em.execute<{ id: string }[]>(
    `select id from "order" where status = 'PAID' order by random() limit 20`,
  )
  for (const { id } of orders) await cancelOrder(shop.em, { orderId: id, mayAccess: () => true })
  const before = await readRollup()
  await sleep(WATERMARK_LAG_MS)
  await rollUpAll()
  expect(await readRollup()).not.toEqual(before)
  expect(await findDifferences()).toEqual([])
})

test('a rebuild gives the same rollup as single steps', async () => {
  await rollUpAll()
  const before = await readRollup()
  await rebuildPopular(shop.em)
  expect(await readRollup()).toEqual(before)
  expect(await findDifferences()).toEqual([])
})

test('a rebuild corrects a wrong rollup and the windows that processes keep in memory', async () => {
  const windows = new PopularWindows(other.em)
  const read = async () => (await readPopular(other.em, windows, { days: 30, limit: 100 })).items
  await rollUpAll()
  const correct = await read()
  await shop.em.execute('update popular_hour set sold = sold + 7')
  await shop.em.execute('update popular_state set generation = generation + 1')
  await windows.refresh()
  expect(await read()).not.toEqual(correct)
  await rebuildPopular(shop.em)
  await windows.refresh()
  expect(await read()).toEqual(correct)
})

test('the rollup is rebuilt when the clock was set back', async () => {
  await rollUpAll()
  // The state after the clock was an hour ahead.
  await shop.em.execute(`update popular_state set watermark = now() + interval '1 hour'`)
  const windows = new PopularWindows(shop.em)
  const items = [{ productId: catalog.productIds[0] ?? 0, quantity: 1_000 }]
  const read = async () => (await readPopular(shop.em, windows, { days: 1, limit: 100 })).items
  await read()
  await shop.place({ memberId: catalog.memberId, items })
  await advancePopular(shop.em)
  await windows.refresh()
  expect((await read())[0]?.sold).toBeGreaterThanOrEqual(1_000)
  expect(await lagMs()).toBeGreaterThanOrEqual(1_000)
  await rollUpAll()
  expect(await findDifferences()).toEqual([])
})
