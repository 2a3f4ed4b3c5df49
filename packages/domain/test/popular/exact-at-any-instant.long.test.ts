import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { useShop } from '@jumun/test-kit/domain-shop'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { IsolationLevel } from '@mikro-orm/postgresql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../src/database/orm.ts'
import { inTransaction } from '../../src/database/transaction.ts'
import { advancePopular } from '../../src/popular/advance-popular.ts'
import { PopularWindows } from '../../src/popular/popular-windows.ts'
import { readPopular } from '../../src/popular/read-popular.ts'
import { rebuildPopular } from '../../src/popular/rebuild-popular.ts'
import { removeProduct } from '../../src/product/write-products.ts'
import { countFromOrders, type Read } from './brute-force.ts'
import { type Catalog, createCatalog, insertPastOrders } from './past-orders.ts'
import { cancelRandomOrder, placeRandomOrder, repeat } from './traffic.ts'

const INSTANTS = 10_000
const INSTANTS_PER_SNAPSHOT = 20
const READERS = 2
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** In these two months many time zones change their clocks, one of them by half an hour. */
const PAST_FROM = Date.UTC(2025, 8, 20)
const PAST_END = Date.UTC(2025, 10, 25)

/** Hours east of UTC. Some of these zones have days of 23, 23.5, 24.5 or 25 hours then, some have hours that begin at :15 or :30. */
const ZONES = {
  UTC: 0,
  'Asia/Seoul': 9,
  'America/New_York': -4,
  'Europe/Berlin': 2,
  'Australia/Lord_Howe': 10.5,
  'Asia/Kathmandu': 5.75,
  'America/St_Johns': -2.5,
}

/** When clocks change in those zones, and when months end in some of them. */
const ZONE_EDGES = [
  '2025-10-04T15:30:00Z',
  '2025-10-26T01:00:00Z',
  '2025-11-02T04:30:00Z',
  '2025-11-02T06:00:00Z',
  '2025-09-30T15:00:00Z',
  '2025-10-01T00:00:00Z',
  '2025-10-31T18:15:00Z',
  '2025-11-01T04:00:00Z',
].map((time) => Date.parse(time))

const shop = useShop()
const processes: Database[] = []
let catalog: Catalog
let paidTimes: number[]

beforeAll(async () => {
  catalog = await createCatalog(shop, 24)
  const spread = Array.from({ length: 1_000 }, () => between(PAST_FROM, PAST_END))
  const hourEdges = Array.from({ length: 300 }, () => hour(between(PAST_FROM, PAST_END)) + oneOf([-1, 0, 1]))
  const zoneEdges = ZONE_EDGES.flatMap((edge) =>
    [-1, 0, 1].flatMap((hours) => [-1, 0, 1].map((ms) => edge + hours * HOUR_MS + ms)),
  )
  paidTimes = [...spread, ...hourEdges, ...zoneEdges]
  await insertPastOrders(shop.em, catalog, paidTimes)
  // Without statistics, counting from the orders takes too long.
  await shop.em.execute('analyze')
  const [removed = 0] = catalog.productIds.splice(2, 1)
  await removeProduct(shop.em, removed)
  const name = new URL(shop.url).pathname.slice(1)
  for (const zone of ['Australia/Lord_Howe', 'Asia/Kathmandu']) {
    await shop.em.execute(`alter database ${name} set timezone = '${zone}'`)
    const database = await openDatabase({ url: shop.url, poolSize: 2 })
    await database.em.execute('select 1')
    processes.push(database)
  }
})
afterAll(() => Promise.all(processes.map((database) => database.close(true))))

test(
  'at random instants and edges the result equals a count over the orders, during orders, cancellations and rollups',
  async () => {
    const traffic = [
      repeat(() => placeRandomOrder(shop, catalog).then(() => sleep(30))),
      repeat(() => cancelRandomOrder(shop, PAST_FROM, PAST_END).then(() => sleep(100))),
      repeat(() => cancelRandomOrder(shop, Date.now() - HOUR_MS, Date.now()).then(() => sleep(100))),
      ...processes.map(({ em }) => repeat(() => advancePopular(em, { maxHours: 20 }).then(() => sleep(40)))),
      repeat(() => sleep(4_000).then(resetRollup)),
      repeat(() => sleep(7_000).then(() => rebuildPopular(shop.em))),
    ]
    const total = { reads: 0, filled: 0, differences: [] as unknown[] }
    const reader = async () => {
      while (total.reads < INSTANTS) {
        const checked = await checkSnapshot()
        total.reads += checked.length
        total.filled += checked.filter(({ items }) => items.length > 0).length
        total.differences.push(...checked.filter(({ items, counted }) => !isDeepStrictEqual(items, counted)))
      }
    }
    await Promise.all(Array.from({ length: READERS }, reader))
    await Promise.all(traffic.map((work) => work.stop()))
    expect(total.differences.slice(0, 3)).toEqual([])
    expect(total.filled).toBeGreaterThan(INSTANTS / 2)
  },
  scaleByLoad(600_000),
)

/** Reads at several instants and counts from the orders, in one snapshot and in a session with a random time zone. */
async function checkSnapshot() {
  const inputs = oneOf([slidingWindow, differentWindows])()
  return shop.em.fork().transactional(
    async (em) => {
      await em.execute(`set local timezone = '${oneOf(Object.keys(ZONES))}'`)
      const windows = new PopularWindows(em)
      const reads: Read[] = []
      for (const input of inputs) reads.push({ ...input, result: await readPopular(em, windows, input) })
      const counted = await countFromOrders(em, reads)
      return reads.map(({ result: { items }, ...input }, index) => ({ ...input, items, counted: counted[index] }))
    },
    { isolationLevel: IsolationLevel.REPEATABLE_READ },
  )
}

/** Instants for one number of days, in ascending order: the window of the first can be moved to the others. */
function slidingWindow(): { days: number; limit: number; at: number }[] {
  const days = between(1, 30)
  const instants = Array.from({ length: INSTANTS_PER_SNAPSHOT }, () => instant(days)).sort((a, b) => a - b)
  return instants.map((at) => ({ days, limit: between(1, 30), at }))
}

/** Instants for different numbers of days: each window is loaded. */
function differentWindows(): { days: number; limit: number; at: number }[] {
  return Array.from({ length: INSTANTS_PER_SNAPSHOT }, () => {
    const days = between(1, 30)
    return { days, limit: between(1, 30), at: instant(days) }
  })
}

function instant(days: number): number {
  const anywhere = between(PAST_FROM - DAY_MS, PAST_END + days * DAY_MS)
  // At the end of the window or at its beginning.
  const edge = oneOf([0, days * DAY_MS]) + oneOf([-1, 0, 1])
  return oneOf([
    () => anywhere,
    () => hour(anywhere) + oneOf([-1, 0, 1]),
    () => oneOf(paidTimes) + edge,
    () => oneOf(ZONE_EDGES) + oneOf([-1, 0, 1]) * HOUR_MS + edge,
    () => anywhere - (anywhere % DAY_MS) - oneOf(Object.values(ZONES)) * HOUR_MS + edge,
    () => Date.now() - between(-500, 3_000),
  ])()
}

/** Empties the rollup, which then advances again step by step, so that the watermark passes all instants repeatedly. */
async function resetRollup(): Promise<void> {
  await inTransaction(shop.em, async (em) => {
    await em.execute(`update popular_state set watermark = 'epoch', generation = generation + 1`)
    await em.execute('delete from popular_hour')
  })
}

function between(least: number, most: number): number {
  return least + Math.floor(Math.random() * (most - least + 1))
}

function oneOf<Item>(items: Item[]): Item {
  return items[between(0, items.length - 1)] as Item
}

function hour(ms: number): number {
  return ms - (ms % HOUR_MS)
}
