import { useShop } from '@jumun/test-kit/domain-shop'
import type { EntityManager } from '@mikro-orm/postgresql'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { type Database, openDatabase } from '../../src/database/orm.ts'
import { cancelOrder } from '../../src/order/cancel-order.ts'
import { advancePopular } from '../../src/popular/advance-popular.ts'
import { PopularWindows } from '../../src/popular/popular-windows.ts'
import { readPopular } from '../../src/popular/read-popular.ts'
import { beginHistory, type History, writePast } from './history.ts'

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000
const ORDERS_A_DAY = 500
const PRODUCTS = 50
const INPUT = { days: 3, limit: 5 }

const shop = useShop()
let history: History
/** One connection, whose work can be counted. */
let database: Database
let em: EntityManager

beforeAll(async () => {
  database = await openDatabase({ url: shop.url, poolSize: 1 })
  em = database.em
  history = await beginHistory(shop, PRODUCTS)
  const step = DAY_MS / ORDERS_A_DAY
  const times = Array.from({ length: 40 * ORDERS_A_DAY }, (_, index) => Date.now() - 3_000 - Math.floor(index * step))
  await writePast(shop.em, history, times.reverse())
  while (await advancePopular(em)) {}
})
afterAll(() => database.close(true))
afterEach(() => vi.restoreAllMocks())

/** What has been done to the tables so far, by the server's own count: scans of a whole table, and rows read in any way. */
async function work() {
  // Our connection reports what it did at its next chance, which is this statement, and not up to a second later.
  await em.execute('select pg_stat_force_next_flush()')
  const [row] = await em.execute<[{ scans: number; orders: number; lines: number; hours: number }]>(
    `select
        sum(seq_scan) filter (where relname <> 'popular_hour')::int as scans,
        sum(rows) filter (where relname = 'order')::int as orders,
        sum(rows) filter (where relname = 'order_line')::int as lines,
        sum(rows) filter (where relname = 'popular_hour')::int as hours
      from (
        select relname, seq_scan, seq_tup_read + idx_tup_fetch as rows from pg_stat_user_tables
        where relname in ('order', 'order_line', 'popular_hour')
      ) tables`,
  )
  return row
}

async function workOf(run: () => Promise<unknown>) {
  const before = await work()
  await run()
  const after = await work()
  return {
    scans: after.scans - before.scans,
    orders: after.orders - before.orders,
    lines: after.lines - before.lines,
    hours: after.hours - before.hours,
  }
}

test('a first read costs the hours of the window and the orders of one hour, and scans no table of orders', async () => {
  const cost = await workOf(() => readPopular(em, new PopularWindows(em), INPUT))
  expect(cost.scans).toBe(0)
  expect(cost.hours).toBeGreaterThan(72)
  expect(cost.orders).toBeLessThan(3 * (ORDERS_A_DAY / 24))
  expect(cost.lines).toBeLessThan(6 * (ORDERS_A_DAY / 24))
})

test('a later read costs what happened since, and scans no table of orders', async () => {
  const windows = new PopularWindows(em)
  await readPopular(em, windows, INPUT)
  const items = [1, 2].map((quantity, index) => ({ productId: history.productIds[index] ?? 0, quantity }))
  const { answer } = await shop.place({ memberId: history.memberId, items })
  await shop.place({ memberId: history.memberId, items })
  await cancelOrder(shop.em, shop.outbox, { orderId: answer.id, mayTouch: () => true })
  const cost = await workOf(() => readPopular(em, windows, INPUT))
  expect(cost.scans).toBe(0)
  expect(cost.hours).toBe(0)
  expect(cost.orders).toBeLessThan(10)
  expect(cost.lines).toBeLessThan(20)
})

test('keeping a window up to date costs what happened since, and scans no table of orders', async () => {
  const windows = new PopularWindows(em)
  await readPopular(em, windows, INPUT)
  await shop.place({ memberId: history.memberId, items: [{ productId: history.productIds[0] ?? 0, quantity: 1 }] })
  const cost = await workOf(async () => {
    await expect.poll(() => advancePopular(em).then(watermarkLagMs), { timeout: 3_000 }).toBeLessThan(1_500)
    await windows.refresh()
  })
  expect(cost.scans).toBe(0)
  expect(cost.orders).toBeLessThan(50)
})

test('a window that went wrong is loaded again after five minutes, or by a reader after ten', async () => {
  const windows = new PopularWindows(em)
  const unkept = new PopularWindows(em)
  const read = async (from: PopularWindows) => (await readPopular(em, from, INPUT)).items
  const right = await read(new PopularWindows(em))
  await em.execute('update popular_hour set sold = sold + 7')
  const wrong = await read(windows)
  expect(await read(unkept)).toEqual(wrong)
  await em.execute('update popular_hour set sold = sold - 7')

  const begin = performance.now()
  const clock = vi.spyOn(performance, 'now')
  const after = (minutes: number) => clock.mockReturnValue(begin + minutes * MINUTE_MS)
  after(4)
  await windows.refresh()
  expect(await read(windows)).toEqual(wrong)
  after(6)
  await windows.refresh()
  expect(await read(windows)).toEqual(right)
  expect(await read(unkept)).toEqual(wrong)
  after(11)
  expect(await read(unkept)).toEqual(right)
})

test('a window that nobody asks for is forgotten after ten minutes', async () => {
  const windows = new PopularWindows(em)
  await readPopular(em, windows, INPUT)
  const begin = performance.now()
  vi.spyOn(performance, 'now').mockReturnValue(begin + 11 * MINUTE_MS)
  await windows.refresh()
  expect((await workOf(() => windows.refresh())).hours).toBe(0)
  expect((await workOf(() => readPopular(em, windows, INPUT))).hours).toBeGreaterThan(72)
})

async function watermarkLagMs(): Promise<number> {
  const [row] = await em.execute<[{ lag: number }]>(
    `select (extract(epoch from clock_timestamp() - watermark) * 1000)::float8 as lag from popular_state`,
  )
  return row.lag
}
