import { setTimeout as sleep } from 'node:timers/promises'
import { type Database, openDatabase, PopularWindows, readPopular, rebuildPopular, startPopular } from '@jumun/domain'
import { fillOrders } from './fill-orders.ts'
import { startOrders } from './order-trickle.ts'
import { startShop } from './shop.ts'

const DAYS = 60
const PRODUCTS = 1_000
const ORDERS_PER_SECOND = 50
const PAUSE_MS = 5
const COLD_LOADS = 20
const INPUT = { days: 3, limit: 5 }

/** What was measured at one size of history. */
export interface PopularFigures {
  lines: number
  /** Milliseconds by what they are of. */
  ms: Record<string, number>
}

/** Fills a shop of its own with a history and measures reading the popular products while orders come in. */
export async function measurePopular(options: {
  lines: number
  reads: number
  log: (message: string) => void
}): Promise<PopularFigures> {
  const { lines, reads, log } = options
  await using shop = await startShop()
  await using database = await openBenchDatabase(shop.databaseUrl)
  const { em } = database
  const fill = await timed(() => fillOrders(shop.databaseUrl, { lines, days: DAYS, products: PRODUCTS, log }))
  log(`Filled in ${(fill / 1000).toFixed(1)} s; rebuilding the rollup`)
  const rebuild = await timed(() => rebuildPopular(em))
  log(`Rebuilt in ${(rebuild / 1000).toFixed(1)} s; starting the API`)

  const api = await shop.startApi()
  await using orders = await startOrders({ ...api, products: PRODUCTS, perSecond: ORDERS_PER_SECOND })
  const windows = new PopularWindows(em)
  const loop = startPopular(em, windows, (error) => log(`The rollup failed: ${error}`))
  try {
    const ms: Record<string, number> = { rebuild }
    const read = (days: number) => () => readPopular(em, windows, { ...INPUT, days })
    const get = async () => {
      const response = await fetch(`${api.url}/api/popular/product`)
      if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
      return response.json()
    }
    for (const days of [3, 30]) {
      const cold = () => readPopular(em, new PopularWindows(em), { ...INPUT, days })
      Object.assign(ms, figures(`cold, ${days} days`, await sample(COLD_LOADS, cold)))
    }
    for (const [name, call] of Object.entries({
      'domain, 3 days': read(3),
      'domain, 30 days': read(30),
      'HTTP, 3 days': get,
    })) {
      await sample(reads / 10, call)
      log(`Measuring ${reads} reads: ${name}`)
      Object.assign(ms, figures(name, await sample(reads, call)))
    }
    await compareWithBruteForce(em, windows, ms)
    log(
      `${orders.placed} orders were placed and ${orders.cancelled} cancelled meanwhile, ${orders.failed} calls failed`,
    )
    return { lines, ms }
  } finally {
    await loop.stop()
  }
}

async function openBenchDatabase(url: string): Promise<Database & AsyncDisposable> {
  const database = await openDatabase({ url })
  return Object.assign(database, { [Symbol.asyncDispose]: () => database.close(true) })
}

/** Both in one snapshot, while orders go on: they must say the same. */
async function compareWithBruteForce(em: Database['em'], windows: PopularWindows, ms: Record<string, number>) {
  await em.fork().transactional(
    async (em) => {
      const { from, to, items } = await readPopular(em, windows, INPUT)
      const start = performance.now()
      const counted = await em.execute<{ productId: number; sold: number }[]>(
        `select product_id as "productId", sum(quantity)::float8 as sold
          from "order" o join order_line l on l.order_id = o.id
          where status = 'PAID' and paid_at >= ? and paid_at < ?
          group by 1 order by 2 desc, 1 limit ?`,
        [from, to, INPUT.limit],
      )
      ms['counting all orders, 3 days'] = performance.now() - start
      const read = items.map(({ productId, sold }) => ({ productId, sold }))
      if (JSON.stringify(read) !== JSON.stringify(counted)) {
        throw new Error(`Read ${JSON.stringify(read)} where counting gives ${JSON.stringify(counted)}`)
      }
    },
    { isolationLevel: 'repeatable read' },
  )
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

/** One call after the other, with a pause, so that they meet every phase of what goes on beside them. */
async function sample(count: number, call: () => Promise<unknown>): Promise<number[]> {
  const durations: number[] = []
  while (durations.length < count) {
    durations.push(await timed(call))
    await sleep(PAUSE_MS)
  }
  return durations
}

function figures(name: string, durations: number[]): Record<string, number> {
  const sorted = durations.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN
  return { [`${name}: p50`]: at(0.5), [`${name}: p99`]: at(0.99), [`${name}: worst`]: at(1) }
}
