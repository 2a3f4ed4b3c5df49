import { parseArgs } from 'node:util'
import { fillLedger, fillOrders } from './fill.ts'
import { describeTrickle, startOrders } from './order-trickle.ts'
import { log, markdownTable, wholeNumber, writeResults } from './report.ts'
import { adminClient, startShop } from './shop.ts'

const LINES_PER_ORDER = 2
const DAYS = 60
const PRODUCTS = 1_000
const ORDERS_PER_SECOND = 50
const ROUNDS = 3
const MIB = 2 ** 20

/** `npm run bench -- audit [--orders 100000,1000000]`: measures an audit at several sizes while orders are placed. */
export async function benchAudit(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { orders: { type: 'string', default: '100000,1000000' } } })
  const figures: Record<string, number>[] = []
  for (const text of values.orders.split(',')) figures.push(await measureAudit(wholeNumber('--orders', text)))
  await writeResults('audit', { figures })
  process.stdout.write(`${table(figures)}\n`)
}

async function measureAudit(orders: number): Promise<Record<string, number>> {
  await using shop = await startShop()
  await fillOrders(shop.databaseUrl, { lines: orders * LINES_PER_ORDER, days: DAYS, products: PRODUCTS })
  await fillLedger(shop.databaseUrl)
  const api = await shop.startApi()
  await using trickle = await startOrders(api, PRODUCTS, ORDERS_PER_SECOND)
  const jumun = await adminClient(api)
  const memory = await residentBytes(api.url)
  const seconds: number[] = []
  let rows = 0
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now()
    const { holds, invariants } = await jumun.admin.audit.query({})
    seconds.push((performance.now() - start) / 1_000)
    log(`Audited in ${seconds.at(-1)?.toFixed(1)} s`)
    const broken = invariants.filter((invariant) => invariant.broken > 0)
    if (!holds) throw new Error(`Broken: ${JSON.stringify(broken)}`)
    rows = invariants.reduce((sum, { checked }) => sum + checked, 0)
  }
  log(describeTrickle(trickle))
  return {
    orders,
    'things checked': rows,
    'fastest, seconds': Math.min(...seconds),
    'slowest, seconds': Math.max(...seconds),
    'memory of the API before, MiB': memory / MIB,
    'memory of the API after, MiB': (await residentBytes(api.url)) / MIB,
  }
}

async function residentBytes(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  const [, bytes] = /^process_resident_memory_bytes (\S+)$/m.exec(text) ?? []
  return Number(bytes)
}

/** One row per figure, one column per size. */
function table(figures: Record<string, number>[]): string {
  const cells = (name: string) =>
    figures.map((figure) => (figure[name] ?? Number.NaN).toLocaleString('en', { maximumFractionDigits: 1 }))
  const [first = '', ...names] = Object.keys(figures[0] ?? {})
  return markdownTable(
    [first, ...cells(first)],
    names.map((name) => [name, ...cells(name)]),
  )
}
