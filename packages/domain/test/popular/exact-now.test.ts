import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { useShop } from '@jumun/test-kit/domain-shop'
import { sized } from '@jumun/test-kit/long-tests'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { IsolationLevel } from '@mikro-orm/postgresql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../src/database/orm.ts'
import { advancePopular } from '../../src/popular/advance-popular.ts'
import { PopularWindows } from '../../src/popular/popular-windows.ts'
import { readPopular } from '../../src/popular/read-popular.ts'
import { countFromOrders } from './brute-force.ts'
import { type Catalog, createCatalog, insertPastOrders } from './past-orders.ts'
import { cancelRandomOrder, placeRandomOrder, repeat } from './traffic.ts'

const PROCESSES = 2
const SECONDS = sized({ short: 4, long: 15 })
const READS_MIN = SECONDS * 5
const DAYS = [1, 2, 3]
const DAY_MS = 86_400_000

const shop = useShop()
const processes: Database[] = []
let catalog: Catalog

beforeAll(async () => {
  catalog = await createCatalog(shop, 20)
  // Many orders leave each window while the test runs; others stay inside it.
  const leaving = DAYS.flatMap((days) => Array.from({ length: 3_000 }, (_, index) => index * 20 - days * DAY_MS))
  const middle = Array.from({ length: 2_000 }, () => Math.floor(Math.random() * -3 * DAY_MS))
  const begin = Date.now()
  await insertPastOrders(
    shop.em,
    catalog,
    [...leaving, ...middle].map((offset) => begin + offset),
  )
  // Without statistics, counting from the orders takes too long.
  await shop.em.execute('analyze')
  for (let count = 0; count < PROCESSES; count++) processes.push(await openDatabase({ url: shop.url }))
})
afterAll(() => Promise.all(processes.map((database) => database.close(true))))

test(
  'the current result equals a count over the orders, in several processes, during orders, cancellations and rollups',
  async () => {
    const traffic = [
      repeat(() => placeRandomOrder(shop, catalog).then(() => sleep(10))),
      repeat(() => placeRandomOrder(shop, catalog).then(() => sleep(10))),
      // Orders that were just paid, orders that are about to leave a window, and any orders.
      repeat(() => cancelRandomOrder(shop, Date.now() - 3_000, Date.now()).then(() => sleep(30))),
      repeat(() =>
        cancelRandomOrder(shop, Date.now() - DAY_MS - 1_000, Date.now() - DAY_MS + 3_000).then(() => sleep(30)),
      ),
      repeat(() => cancelRandomOrder(shop, Date.now() - 4 * DAY_MS, Date.now()).then(() => sleep(30))),
    ]
    const checks = await Promise.all(processes.map((database) => checkFor(database, SECONDS)))
    await Promise.all(traffic.map((work) => work.stop()))
    for (const { reads, differences } of checks) {
      expect(differences.slice(0, 3)).toEqual([])
      expect(reads).toBeGreaterThan(READS_MIN)
    }
  },
  scaleByLoad(60_000),
)

/**
 * Reads, advances and refreshes as a process of the API does, and counts from the orders after each read, in the same snapshot.
 * A slow machine takes longer to reach the minimum of reads.
 */
async function checkFor({ em }: Database, seconds: number) {
  const windows = new PopularWindows(em)
  const end = Date.now() + seconds * 1_000
  const differences: unknown[] = []
  let reads = 0
  for (; Date.now() < end || reads <= READS_MIN; reads++) {
    if (reads % 4 === 0) {
      await advancePopular(em)
      await windows.refresh()
    }
    const input = { days: DAYS[reads % DAYS.length] ?? 1, limit: 100 }
    await em.fork().transactional(
      async (em) => {
        const result = await readPopular(em, windows, input)
        const [counted] = await countFromOrders(em, [{ limit: input.limit, result }])
        if (!isDeepStrictEqual(result.items, counted)) differences.push({ ...input, ...result, counted })
      },
      { isolationLevel: IsolationLevel.REPEATABLE_READ },
    )
  }
  return { reads, differences }
}
