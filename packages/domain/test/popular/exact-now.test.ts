import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { useShop } from '@jumun/test-kit/domain-shop'
import { IsolationLevel } from '@mikro-orm/postgresql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../src/database/orm.ts'
import { advancePopular } from '../../src/popular/advance-popular.ts'
import { PopularWindows } from '../../src/popular/popular-windows.ts'
import { readPopular } from '../../src/popular/read-popular.ts'
import { countAgain } from './brute-force.ts'
import { beginHistory, type History, writePast } from './history.ts'
import { cancelSome, goOn, placeSome } from './traffic.ts'

const PROCESSES = 2
const SECONDS = 15
const DAYS = [1, 2, 3]
const DAY_MS = 86_400_000

const shop = useShop()
const processes: Database[] = []
let history: History

beforeAll(async () => {
  history = await beginHistory(shop, 20)
  // Many orders leave each window while the test runs, and others fill its middle.
  const leaving = DAYS.flatMap((days) => Array.from({ length: 3_000 }, (_, index) => index * 20 - days * DAY_MS))
  const middle = Array.from({ length: 2_000 }, () => Math.floor(Math.random() * -3 * DAY_MS))
  const begin = Date.now()
  await writePast(
    shop.em,
    history,
    [...leaving, ...middle].map((offset) => begin + offset),
  )
  // For counting again, which without statistics takes longer than the test should.
  await shop.em.execute('analyze')
  for (let count = 0; count < PROCESSES; count++) processes.push(await openDatabase({ url: shop.url }))
})
afterAll(() => Promise.all(processes.map((database) => database.close(true))))

test('what is read now equals a count over the orders, in several processes, while everything goes on', async () => {
  const traffic = [
    goOn(() => placeSome(shop, history).then(() => sleep(10))),
    goOn(() => placeSome(shop, history).then(() => sleep(10))),
    // Such as have just been paid, such as are leaving a window, and any.
    goOn(() => cancelSome(shop, Date.now() - 3_000, Date.now()).then(() => sleep(30))),
    goOn(() => cancelSome(shop, Date.now() - DAY_MS - 1_000, Date.now() - DAY_MS + 3_000).then(() => sleep(30))),
    goOn(() => cancelSome(shop, Date.now() - 4 * DAY_MS, Date.now()).then(() => sleep(30))),
  ]
  const checks = await Promise.all(processes.map((database) => checkFor(database, SECONDS)))
  await Promise.all(traffic.map((one) => one.stop()))
  for (const { reads, differences } of checks) {
    expect(differences.slice(0, 3)).toEqual([])
    expect(reads).toBeGreaterThan(SECONDS * 5)
  }
})

/** Does what a process does, its steps one after the other, and counts again after each read, in the same snapshot. */
async function checkFor({ em }: Database, seconds: number) {
  const windows = new PopularWindows(em)
  const end = Date.now() + seconds * 1_000
  const differences: unknown[] = []
  let reads = 0
  for (; Date.now() < end; reads++) {
    if (reads % 4 === 0) {
      await advancePopular(em)
      await windows.refresh()
    }
    const input = { days: DAYS[reads % DAYS.length] ?? 1, limit: 100 }
    await em.fork().transactional(
      async (em) => {
        const said = await readPopular(em, windows, input)
        const [counted] = await countAgain(em, [{ limit: input.limit, said }])
        if (!isDeepStrictEqual(said.items, counted)) differences.push({ ...input, ...said, counted })
      },
      { isolationLevel: IsolationLevel.REPEATABLE_READ },
    )
  }
  return { reads, differences }
}
