import { parseArgs } from 'node:util'
import { median } from '@jumun/test-kit/quantiles'
import { type FullStackFigures, runFullStack } from './orders/full-stack.ts'
import { fillOrderShop } from './orders/order-shop.ts'
import { startPgbouncer } from './pooler/pgbouncer.ts'
import { log, markdownTable, wholeNumber, writeResults } from './report.ts'
import { startShop } from './shop.ts'

const CONNECTIONS = 64
const SIZE = { members: 1_000, products: 1_000, orders: 20_000 }
/** Makes the API send its statements without names. */
const UNNAMED = '?pgbouncer=true'
const GOAL = '≥ 0.9'

/**
 * `npm run bench -- pooler [--seconds 10] [--rounds 5]`: measures orders a second through PgBouncer and directly, with named statements and
 * without, in alternating rounds.
 */
export async function benchPooler(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { seconds: { type: 'string', default: '10' }, rounds: { type: 'string', default: '5' } },
  })
  const [seconds, rounds] = [wholeNumber('--seconds', values.seconds), wholeNumber('--rounds', values.rounds)]
  await using server = await startShop()
  await using pooler = await startPgbouncer(server.databaseUrl)
  await using shop = await fillOrderShop(server.databaseUrl, SIZE)
  const ways = new Map([
    ['direct', server.databaseUrl],
    [`direct, ${UNNAMED}`, server.databaseUrl + UNNAMED],
    ...(pooler.prepares ? ([['PgBouncer', pooler.url]] as const) : []),
    [`PgBouncer, ${UNNAMED}`, pooler.url + UNNAMED],
  ])
  log(`PgBouncer ${pooler.version}, transaction mode`)
  if (!pooler.prepares) log('Before 1.21, PgBouncer knows no prepared statements: that case is left out.')
  const setup = { server, shop, platform: await server.startPlatform(), connections: CONNECTIONS, seconds }
  const runs = new Map<string, FullStackFigures[]>(Array.from(ways.keys(), (name) => [name, []]))
  for (let round = 1; round <= rounds; round++) {
    for (const [name, apiDatabaseUrl] of round % 2 === 1 ? ways : [...ways].reverse()) {
      const figures = await runFullStack({ ...setup, apiDatabaseUrl })
      runs.get(name)?.push(figures)
      log(`Round ${round}, ${name}: ${figures.ordersPerSecond.toFixed(0)} orders/s`)
    }
  }
  process.stdout.write(`${tableOf(runs)}\n`)
  await writeResults('pooler', { version: pooler.version, seconds, rounds, runs: [...runs] })
}

function tableOf(runs: Map<string, FullStackFigures[]>): string {
  const of = (figures: FullStackFigures[], read: (one: FullStackFigures) => number) => median(figures.map(read))
  const direct = of(runs.get('direct') ?? [], ({ ordersPerSecond }) => ordersPerSecond)
  const rows = Array.from(runs, ([name, figures]) => {
    const rate = of(figures, ({ ordersPerSecond }) => ordersPerSecond)
    return [
      name,
      rate.toFixed(0),
      (rate / direct).toFixed(2),
      name.startsWith('PgBouncer') ? GOAL : '',
      of(figures, ({ p50 }) => p50).toFixed(1),
      of(figures, ({ p99 }) => p99).toFixed(1),
      of(figures, ({ cpuMicroseconds }) => cpuMicroseconds.api).toFixed(0),
      of(figures, ({ cpuMicroseconds }) => cpuMicroseconds.postgres).toFixed(0),
    ]
  })
  const header = ['orders/s', 'ratio', 'goal', 'p50, ms', 'p99, ms', 'API, µs an order', 'PostgreSQL, µs an order']
  return markdownTable(['way to the database', ...header], rows)
}
