import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type Database, PopularWindows, readPopular, rebuildPopular, startPopular } from '@jumun/domain'
import { percentile } from '@jumun/test-kit/quantiles'
import { fillOrders } from './fill.ts'
import { describeTrickle, startOrders } from './order-trickle.ts'
import { log, markdownTable, wholeNumber, writeResults } from './report.ts'
import { openBenchDatabase, startShop } from './shop.ts'

const DEFAULT_LINES = '100000,1000000,10000000'
const DAYS = 60
const PRODUCTS = 1_000
const ORDERS_PER_SECOND = 50
const PAUSE_MS = 5
const COLD_LOADS = 20
const INPUT = { days: 3, limit: 5 }

/** Milliseconds by figure, for one size of history. */
interface PopularFigures {
  lines: number
  ms: Record<string, number>
}

/**
 * `npm run bench -- popular [--lines 100000,1000000] [--reads 3000]`: measures reads of the popular products at several sizes
 * of history while orders are placed.
 */
export async function benchPopular(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { lines: { type: 'string', default: DEFAULT_LINES }, reads: { type: 'string', default: '3000' } },
  })
  const sizes = values.lines.split(',').map((text) => wholeNumber('--lines', text))
  const reads = wholeNumber('--reads', values.reads)
  const figures: PopularFigures[] = []
  for (const lines of sizes) figures.push({ lines, ms: await measurePopular(lines, reads) })
  process.stdout.write(`${table(figures)}\n`)
  await writeResults('popular', { figures })
}

/** Fills a new shop with a history and measures reads of its popular products. */
async function measurePopular(lines: number, reads: number): Promise<Record<string, number>> {
  await using shop = await startShop()
  await using database = await openBenchDatabase({ url: shop.databaseUrl })
  const { em } = database
  const fill = await timed(() => fillOrders(shop.databaseUrl, { lines, days: DAYS, products: PRODUCTS }))
  log(`Filled in ${(fill / 1000).toFixed(1)} s; rebuilding the rollup`)
  const rebuild = await timed(() => rebuildPopular(em))
  log(`Rebuilt in ${(rebuild / 1000).toFixed(1)} s; starting the API`)

  const api = await shop.startApi()
  await using trickle = await startOrders(api, PRODUCTS, ORDERS_PER_SECOND)
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
      Object.assign(ms, figuresOf(`cold, ${days} days`, await sample(COLD_LOADS, cold)))
    }
    for (const [name, call] of Object.entries({
      'domain, 3 days': read(3),
      'domain, 30 days': read(30),
      'HTTP, 3 days': get,
    })) {
      await sample(reads / 10, call)
      log(`Measuring ${reads} reads: ${name}`)
      Object.assign(ms, figuresOf(name, await sample(reads, call)))
    }
    ms['counting all orders, 3 days'] = await compareWithCount(em, windows)
    log(describeTrickle(trickle))
    return ms
  } finally {
    await loop.stop()
  }
}

/** Compares a read with a count of all orders, in one snapshot. Returns how many milliseconds the count took. */
async function compareWithCount(em: Database['em'], windows: PopularWindows): Promise<number> {
  return await em.fork().transactional(
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
      const ms = performance.now() - start
      const read = items.map(({ productId, sold }) => ({ productId, sold }))
      if (JSON.stringify(read) !== JSON.stringify(counted)) {
        throw new Error(`Read ${JSON.stringify(read)}, but counted ${JSON.stringify(counted)}`)
      }
      return ms
    },
    { isolationLevel: 'repeatable read' },
  )
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

/** Calls one after the other with pauses, so that the sample covers every phase of the work in the background. */
async function sample(count: number, call: () => Promise<unknown>): Promise<number[]> {
  const durations: number[] = []
  while (durations.length < count) {
    durations.push(await timed(call))
    await sleep(PAUSE_MS)
  }
  return durations
}

function figuresOf(name: string, durations: number[]): Record<string, number> {
  return {
    [`${name}: p50`]: percentile(durations, 0.5),
    [`${name}: p99`]: percentile(durations, 0.99),
    [`${name}: worst`]: percentile(durations, 1),
  }
}

/** One row per figure, one column per size, and the ratio of the largest to the smallest value. */
function table(figures: PopularFigures[]): string {
  const names = [...new Set(figures.flatMap(({ ms }) => Object.keys(ms)))]
  const header = [
    'milliseconds',
    ...figures.map(({ lines }) => `${lines.toLocaleString('en')} lines`),
    'largest ÷ smallest',
  ]
  const rows = names.map((name) => {
    const all = figures.map(({ ms }) => ms[name] ?? Number.NaN)
    return [name, ...all.map((value) => value.toFixed(2)), (Math.max(...all) / Math.min(...all)).toFixed(2)]
  })
  return markdownTable(header, rows)
}
