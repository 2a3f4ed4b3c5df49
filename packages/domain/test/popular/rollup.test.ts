import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { useShop } from '@jumun/test-kit/domain-shop'
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
import { beginHistory, type History, writePast } from './history.ts'

const ADVANCE = fileURLToPath(new URL('advance-program.ts', import.meta.url))
const DAY_MS = 86_400_000

/** A little more than the watermark stays behind. */
const SETTLED_MS = 1_050

const shop = useShop()
let other: Database
let history: History

beforeAll(async () => {
  other = await openDatabase({ url: shop.url })
  history = await beginHistory(shop, 10)
})
afterAll(() => other.close(true))

beforeEach(async () => {
  await writePast(shop.em, history, pastTimes(200, 20))
  await startOver()
})

function pastTimes(count: number, days: number): number[] {
  return Array.from({ length: count }, () => Date.now() - 2 * SETTLED_MS - Math.floor(Math.random() * days * DAY_MS))
}

async function startOver(): Promise<void> {
  await shop.em.execute('delete from popular_hour')
  await shop.em.execute(`update popular_state set watermark = 'epoch'`)
}

async function rollUpAll(): Promise<void> {
  while (await advancePopular(shop.em)) {}
}

/** How the rollup differs from what it should hold: orders paid before the watermark and not cancelled before it. */
async function faults(): Promise<unknown[]> {
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

async function rolledUp(): Promise<unknown[]> {
  return shop.em.execute('select hour, product_id, sold from popular_hour where sold <> 0 order by 1, 2')
}

test('what is rolled up are the orders from before the watermark, which stays a second behind', async () => {
  await rollUpAll()
  expect(await faults()).toEqual([])
  expect((await rolledUp()).length).toBeGreaterThan(100)
  expect(await lagMs()).toBeGreaterThanOrEqual(1_000)
  expect(await lagMs()).toBeLessThan(5_000)
})

test('a long history is rolled up in steps of a day with orders, and a time without orders in none of its own', async () => {
  let steps = 1
  while (await advancePopular(shop.em)) steps++
  expect(steps).toBeGreaterThan(10)
  expect(steps).toBeLessThan(25)
})

test('several processes that roll up at once count everything once', async () => {
  const ems = [shop.em, other.em, shop.em, other.em]
  await Promise.all(
    ems.map(async (em) => {
      for (let step = 0; step < 60; step++) await advancePopular(em, { maxHours: 5 })
    }),
  )
  await rollUpAll()
  expect(await faults()).toEqual([])
})

test('a process that is killed on the way leaves no trace, and the next one does its work', async () => {
  await rollUpAll()
  const before = await rolledUp()
  await shop.place({ memberId: history.memberId, items: [{ productId: history.productIds[0] ?? 0, quantity: 1 }] })
  await sleep(SETTLED_MS)
  const blocker = new Client({ connectionString: shop.url })
  await blocker.connect()
  // The process has to wait here, with its hours written and its watermark not.
  await blocker.query('begin; lock table popular_state in share mode')
  const program = startProgram(ADVANCE, { args: [shop.url], cleanUp: onTestFinished })
  const waiting = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
  await expect.poll(async () => (await shop.em.execute(waiting)).length, { timeout: 10_000 }).toBe(1)
  await program.kill()
  await blocker.end()
  expect(await rolledUp()).toEqual(before)
  // The server notices that the process is gone only when it answers it.
  await expect.poll(() => rollUpAll().then(rolledUp)).not.toEqual(before)
  expect(await faults()).toEqual([])
})

test('an order of an hour that is rolled up already leaves that hour when it is cancelled', async () => {
  await rollUpAll()
  const orders = await shop.em.execute<{ id: string }[]>(
    `select id from "order" where status = 'PAID' order by random() limit 20`,
  )
  for (const { id } of orders) await cancelOrder(shop.em, shop.outbox, { orderId: id, mayTouch: () => true })
  const before = await rolledUp()
  await sleep(SETTLED_MS)
  await rollUpAll()
  expect(await rolledUp()).not.toEqual(before)
  expect(await faults()).toEqual([])
})

test('rebuilding gives what rolling up step by step gave', async () => {
  await rollUpAll()
  const before = await rolledUp()
  await rebuildPopular(shop.em)
  expect(await rolledUp()).toEqual(before)
  expect(await faults()).toEqual([])
})

test('rebuilding mends a rollup that was wrong, in what processes remember too', async () => {
  const windows = new PopularWindows(other.em)
  const read = async () => (await readPopular(other.em, windows, { days: 30, limit: 100 })).items
  await rollUpAll()
  const right = await read()
  await shop.em.execute('update popular_hour set sold = sold + 7')
  await shop.em.execute('update popular_state set generation = generation + 1')
  await windows.refresh()
  expect(await read()).not.toEqual(right)
  await rebuildPopular(shop.em)
  await windows.refresh()
  expect(await read()).toEqual(right)
})

test('a clock that was set back is noticed, and what it made wrong is rebuilt', async () => {
  await rollUpAll()
  // As it is after the clock was an hour fast.
  await shop.em.execute(`update popular_state set watermark = now() + interval '1 hour'`)
  const windows = new PopularWindows(shop.em)
  const items = [{ productId: history.productIds[0] ?? 0, quantity: 1_000 }]
  const read = async () => (await readPopular(shop.em, windows, { days: 1, limit: 100 })).items
  await read()
  await shop.place({ memberId: history.memberId, items })
  await advancePopular(shop.em)
  await windows.refresh()
  expect((await read())[0]?.sold).toBeGreaterThanOrEqual(1_000)
  expect(await lagMs()).toBeGreaterThanOrEqual(1_000)
  await rollUpAll()
  expect(await faults()).toEqual([])
})
