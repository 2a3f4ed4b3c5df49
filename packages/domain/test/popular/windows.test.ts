import { useShop } from '@jumun/test-kit/domain-shop'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import type { EntityManager } from '@mikro-orm/postgresql'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { type Database, openDatabase } from '../../src/database/orm.ts'
import { cancelOrder } from '../../src/order/cancel-order.ts'
import { advancePopular } from '../../src/popular/advance-popular.ts'
import { PopularWindows } from '../../src/popular/popular-windows.ts'
import { readPopular } from '../../src/popular/read-popular.ts'
import { type SalesWindow, slideToWatermark } from '../../src/popular/sales-window.ts'
import { type Catalog, createCatalog, insertPastOrders } from './past-orders.ts'

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000
const ORDERS_A_DAY = 500
const PRODUCTS = 50
const INPUT = { days: 3, limit: 5 }

const shop = useShop()
let catalog: Catalog
/** Has one connection, so that the statistics of its session cover all its queries. */
let database: Database
let em: EntityManager

beforeAll(async () => {
  database = await openDatabase({ url: shop.url, poolSize: 1 })
  em = database.em
  catalog = await createCatalog(shop, PRODUCTS)
  const step = DAY_MS / ORDERS_A_DAY
  const times = Array.from({ length: 40 * ORDERS_A_DAY }, (_, index) => Date.now() - 3_000 - Math.floor(index * step))
  await insertPastOrders(shop.em, catalog, times.reverse())
  while (await advancePopular(em)) {}
})
afterAll(() => database.close(true))
afterEach(() => vi.restoreAllMocks())

/** The server's statistics of the tables: sequential scans, and rows read by any scan. */
async function readStatistics() {
  // Otherwise the session reports its statistics up to a second later.
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

async function costOf(run: () => Promise<unknown>) {
  const before = await readStatistics()
  await run()
  const after = await readStatistics()
  return {
    scans: after.scans - before.scans,
    orders: after.orders - before.orders,
    lines: after.lines - before.lines,
    hours: after.hours - before.hours,
  }
}

test('a first read reads the hours of the window and the orders of one hour, without a sequential scan', async () => {
  const cost = await costOf(() => readPopular(em, new PopularWindows(em), INPUT))
  expect(cost.scans).toBe(0)
  expect(cost.hours).toBeGreaterThan(72)
  expect(cost.orders).toBeLessThan(3 * (ORDERS_A_DAY / 24))
  expect(cost.lines).toBeLessThan(6 * (ORDERS_A_DAY / 24))
})

test('a later read reads only the orders since the last one, without a sequential scan', async () => {
  const windows = new PopularWindows(em)
  await readPopular(em, windows, INPUT)
  const items = [1, 2].map((quantity, index) => ({ productId: catalog.productIds[index] ?? 0, quantity }))
  const { answer } = await shop.place({ memberId: catalog.memberId, items })
  await shop.place({ memberId: catalog.memberId, items })
  await cancelOrder(shop.em, { orderId: answer.id, mayAccess: () => true })
  const cost = await costOf(() => readPopular(em, windows, INPUT))
  expect(cost.scans).toBe(0)
  expect(cost.hours).toBe(0)
  expect(cost.orders).toBeLessThan(10)
  expect(cost.lines).toBeLessThan(20)
})

test('a refresh of a window reads only the orders since the last one, without a sequential scan', async () => {
  const windows = new PopularWindows(em)
  await readPopular(em, windows, INPUT)
  await shop.place({ memberId: catalog.memberId, items: [{ productId: catalog.productIds[0] ?? 0, quantity: 1 }] })
  const cost = await costOf(async () => {
    await expect
      .poll(() => advancePopular(em).then(watermarkLagMs), { timeout: scaleByLoad(3_000) })
      .toBeLessThan(scaleByLoad(1_500))
    await windows.refresh()
  })
  expect(cost.scans).toBe(0)
  expect(cost.orders).toBeLessThan(50)
})

test('a wrong window is reloaded by a refresh after five minutes, or by a read after ten', async () => {
  const windows = new PopularWindows(em)
  const notRefreshed = new PopularWindows(em)
  const read = async (from: PopularWindows) => (await readPopular(em, from, INPUT)).items
  const correct = await read(new PopularWindows(em))
  await em.execute('update popular_hour set sold = sold + 7')
  const wrong = await read(windows)
  expect(await read(notRefreshed)).toEqual(wrong)
  await em.execute('update popular_hour set sold = sold - 7')

  const started = performance.now()
  const clock = vi.spyOn(performance, 'now')
  const after = (minutes: number) => clock.mockReturnValue(started + minutes * MINUTE_MS)
  after(4)
  await windows.refresh()
  expect(await read(windows)).toEqual(wrong)
  after(6)
  await windows.refresh()
  expect(await read(windows)).toEqual(correct)
  expect(await read(notRefreshed)).toEqual(wrong)
  after(11)
  expect(await read(notRefreshed)).toEqual(correct)
})

test('a refresh reloads one window that is five minutes old, and the next one the next', async () => {
  const windows = new PopularWindows(em)
  for (const days of [1, 2, 3]) await readPopular(em, windows, { ...INPUT, days })
  const started = performance.now()
  vi.spyOn(performance, 'now').mockReturnValue(started + 6 * MINUTE_MS)
  for (let refresh = 0; refresh < 3; refresh++) {
    expect((await costOf(() => windows.refresh())).hours).toBeGreaterThan(0)
  }
  expect((await costOf(() => windows.refresh())).hours).toBe(0)
})

test('a window that is not read for ten minutes is discarded', async () => {
  const windows = new PopularWindows(em)
  await readPopular(em, windows, INPUT)
  const started = performance.now()
  vi.spyOn(performance, 'now').mockReturnValue(started + 11 * MINUTE_MS)
  await windows.refresh()
  expect((await costOf(() => windows.refresh())).hours).toBe(0)
  expect((await costOf(() => readPopular(em, windows, INPUT))).hours).toBeGreaterThan(72)
})

async function watermarkLagMs(): Promise<number> {
  const [row] = await em.execute<[{ lag: number }]>(
    `select (extract(epoch from clock_timestamp() - watermark) * 1000)::float8 as lag from popular_state`,
  )
  return row.lag
}

test('windows that were requested once cost the background no more than a few windows, and soon nothing', async () => {
  const windows = new PopularWindows(em)
  for (let days = 1; days <= 30; days++) await readPopular(em, windows, { ...INPUT, days })
  const pool = await em.getConnection().getNativeClient()
  const client = await pool.connect()
  client.release()
  const query = vi.spyOn(client, 'query')
  const statementsOf = async (run: () => Promise<unknown>) => {
    query.mockClear()
    await run()
    return query.mock.calls.length
  }
  // The state of the rollup, and a slide of each of four windows.
  expect(await statementsOf(() => windows.refresh())).toBe(1 + 4)
  const started = performance.now()
  vi.spyOn(performance, 'now').mockReturnValue(started + 2 * MINUTE_MS)
  expect(await statementsOf(() => windows.refresh())).toBe(1)
  const again = { ...INPUT, days: 17 }
  expect((await readPopular(em, windows, again)).items).toEqual(
    (await readPopular(em, new PopularWindows(em), again)).items,
  )
  expect(await statementsOf(() => windows.refresh())).toBe(1 + 1)
})

test('windows that are requested at once are loaded one after the other', async () => {
  let [running, most, loads] = [0, 0, 0]
  const fork = () => {
    const one = shop.em.fork()
    const execute = one.execute.bind(one)
    return Object.assign(one, {
      execute: async (sql: string) => {
        if (!sql.startsWith('with wanted')) return execute(sql)
        loads++
        most = Math.max(most, ++running)
        return execute(sql).finally(() => running--)
      },
    })
  }
  const windows = new PopularWindows({ fork } as unknown as EntityManager)
  const days = [1, 2, 3, 4, 5]
  const sales = await Promise.all(days.map((count) => windows.readNow(count)))
  expect(sales.map(({ from, to }) => Math.round((to - from) / DAY_MS))).toEqual(days)
  expect([loads, most]).toEqual([5, 1])
})

test('a slide of a window copies what changed, and not the window', async () => {
  const [sold, none] = [new Map(Array.from({ length: 20_000 }, (_, id) => [id, 1])), new Map<number, number>()]
  const end = Date.now() - 60_000
  let window: SalesWindow = { from: end - DAY_MS, end, settled: end, generation: 1, sold, slid: none }
  for (let step = 1; step <= 3; step++) {
    const slid = await slideToWatermark(em, window, { days: 1, watermark: end + step * 1_000 })
    expect(slid?.sold).toBe(sold)
    if (slid) window = slid
  }
})
