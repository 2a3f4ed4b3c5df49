import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { useShop } from '@jumun/test-kit/domain-shop'
import { IsolationLevel } from '@mikro-orm/postgresql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../src/database/orm.ts'
import { inTransaction } from '../../src/database/transaction.ts'
import { advancePopular } from '../../src/popular/advance-popular.ts'
import { PopularWindows } from '../../src/popular/popular-windows.ts'
import { readPopular } from '../../src/popular/read-popular.ts'
import { rebuildPopular } from '../../src/popular/rebuild-popular.ts'
import { removeProduct } from '../../src/product/write-products.ts'
import { type Answer, countAgain } from './brute-force.ts'
import { beginHistory, type History, writePast } from './history.ts'
import { cancelSome, goOn, placeSome } from './traffic.ts'

const INSTANTS = 10_000
const INSTANTS_PER_SNAPSHOT = 20
const READERS = 2
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** In these two months many places change their clocks, one of them by half an hour. */
const PAST_FROM = Date.UTC(2025, 8, 20)
const PAST_END = Date.UTC(2025, 10, 25)

/** Hours east of UTC. Some of these places have days of 23, 23.5, 24.5 or 25 hours then, some have hours that begin at :15 or :30. */
const ZONES = {
  UTC: 0,
  'Asia/Seoul': 9,
  'America/New_York': -4,
  'Europe/Berlin': 2,
  'Australia/Lord_Howe': 10.5,
  'Asia/Kathmandu': 5.75,
  'America/St_Johns': -2.5,
}

/** When clocks change in those places, and when months end in some of them. */
const TURNS = [
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
let history: History
let paidTimes: number[]

beforeAll(async () => {
  history = await beginHistory(shop, 24)
  const spread = Array.from({ length: 1_000 }, () => between(PAST_FROM, PAST_END))
  const edges = Array.from({ length: 300 }, () => hour(between(PAST_FROM, PAST_END)) + oneOf([-1, 0, 1]))
  const turns = TURNS.flatMap((turn) =>
    [-1, 0, 1].flatMap((hours) => [-1, 0, 1].map((ms) => turn + hours * HOUR_MS + ms)),
  )
  paidTimes = [...spread, ...edges, ...turns]
  await writePast(shop.em, history, paidTimes)
  // For counting again, which without statistics takes longer than the test should.
  await shop.em.execute('analyze')
  const [removed = 0] = history.productIds.splice(2, 1)
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

test('10,000 random instants and edges equal a count over the orders, while orders, cancellations and rollups go on', async () => {
  const traffic = [
    goOn(() => placeSome(shop, history).then(() => sleep(30))),
    goOn(() => cancelSome(shop, PAST_FROM, PAST_END).then(() => sleep(100))),
    goOn(() => cancelSome(shop, Date.now() - HOUR_MS, Date.now()).then(() => sleep(100))),
    ...processes.map(({ em }) => goOn(() => advancePopular(em, { maxHours: 20 }).then(() => sleep(40)))),
    goOn(() => sleep(4_000).then(startRollupOver)),
    goOn(() => sleep(7_000).then(() => rebuildPopular(shop.em))),
  ]
  const seen = { answers: 0, filled: 0, differences: [] as unknown[] }
  const reader = async () => {
    while (seen.answers < INSTANTS) {
      const checked = await checkSnapshot()
      seen.answers += checked.length
      seen.filled += checked.filter(({ said }) => said.length > 0).length
      seen.differences.push(...checked.filter(({ said, counted }) => !isDeepStrictEqual(said, counted)))
    }
  }
  await Promise.all(Array.from({ length: READERS }, reader))
  await Promise.all(traffic.map((one) => one.stop()))
  expect(seen.differences.slice(0, 3)).toEqual([])
  expect(seen.filled).toBeGreaterThan(INSTANTS / 2)
}, 600_000)

/** Reads at some instants and counts again, all in one snapshot and in a session of some time zone. */
async function checkSnapshot() {
  const asked = oneOf([sliding, jumping])()
  return shop.em.fork().transactional(
    async (em) => {
      await em.execute(`set local timezone = '${oneOf(Object.keys(ZONES))}'`)
      const windows = new PopularWindows(em)
      const answers: Answer[] = []
      for (const input of asked) answers.push({ ...input, said: await readPopular(em, windows, input) })
      const counted = await countAgain(em, answers)
      return answers.map(({ said: { items: said }, ...input }, index) => ({ ...input, said, counted: counted[index] }))
    },
    { isolationLevel: IsolationLevel.REPEATABLE_READ },
  )
}

/** Instants of one number of days, in the order of time: the window of the first can be slid to the others. */
function sliding(): { days: number; limit: number; at: number }[] {
  const days = between(1, 30)
  const instants = Array.from({ length: INSTANTS_PER_SNAPSHOT }, () => instant(days)).sort((a, b) => a - b)
  return instants.map((at) => ({ days, limit: between(1, 30), at }))
}

/** Instants of different numbers of days: each window is loaded. */
function jumping(): { days: number; limit: number; at: number }[] {
  return Array.from({ length: INSTANTS_PER_SNAPSHOT }, () => {
    const days = between(1, 30)
    return { days, limit: between(1, 30), at: instant(days) }
  })
}

function instant(days: number): number {
  const anywhere = between(PAST_FROM - DAY_MS, PAST_END + days * DAY_MS)
  // As the end of the window or as its beginning.
  const edge = oneOf([0, days * DAY_MS]) + oneOf([-1, 0, 1])
  return oneOf([
    () => anywhere,
    () => hour(anywhere) + oneOf([-1, 0, 1]),
    () => oneOf(paidTimes) + edge,
    () => oneOf(TURNS) + oneOf([-1, 0, 1]) * HOUR_MS + edge,
    () => anywhere - (anywhere % DAY_MS) - oneOf(Object.values(ZONES)) * HOUR_MS + edge,
    () => Date.now() - between(-500, 3_000),
  ])()
}

/** What was rolled up is forgotten and then rolled up again step by step, so that the watermark passes all instants again and again. */
async function startRollupOver(): Promise<void> {
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
