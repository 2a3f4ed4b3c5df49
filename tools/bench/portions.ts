import { parseArgs } from 'node:util'
import { parsePolicy } from './portions/policy.ts'
import { simulatePortions } from './portions/simulate.ts'
import type { Failure, PortionOptions } from './portions/world.ts'
import { log, markdownTable, wholeNumber, writeResults } from './report.ts'

const HEADER = [
  '',
  'orders/s',
  'of the demand, %',
  '99 % sold after, s',
  'all after, s',
  'false sold-outs, %',
  'units away, %',
  'unavailable, %',
  'portions moved for 1,000 orders',
  'p50, ms',
  'p99, ms',
]
/** How long a cell is away, and when that begins. It is longer than a failover of PostgreSQL. */
const AWAY_MS = 20_000
const FAILS_AT_MS = 3_000
const CONDITION_POLICIES = ['fixed:1000', 'half', 'adaptive:2']

interface Scenario extends Partial<PortionOptions> {
  name: string
}

/**
 * `npm run bench -- portions [--seed 1] [--cells 1,2,4,8,16,32,64,96] [--policies fixed:10,…] [--policy half] [--units 12500]`: simulates
 * a shop of several cells that share the stock of a product in portions; `--units` is for each cell. The figures are simulated; only the
 * costs of a cell in portions/costs.ts were measured.
 */
export async function benchPortions(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      seed: { type: 'string', default: '1' },
      cells: { type: 'string', default: '1,2,4,8,16,32,64,96' },
      policies: {
        type: 'string',
        default: 'fixed:1,fixed:10,fixed:100,fixed:1000,fixed:10000,half,adaptive:0.5,adaptive:2',
      },
      policy: { type: 'string', default: 'half' },
      units: { type: 'string', default: '12500' },
    },
  })
  const unitsPerCell = wholeNumber('--units', values.units)
  const base: PortionOptions = {
    seed: wholeNumber('--seed', values.seed),
    cells: 16,
    products: 1,
    zipf: 0,
    units: 16 * unitsPerCell,
    ordersPerSecond: 1_200,
    skew: 0,
    seconds: 300,
    policy: parsePolicy(values.policy),
    tripMs: 0.5,
    leaseMs: 60_000,
    waitMs: 500,
    recall: true,
    failures: [],
    loss: 0,
    duplicates: 0,
  }
  const policies = values.policies.split(',').map((name) => ({ name, policy: parsePolicy(name) }))
  const cells = values.cells.split(',').map((name) => {
    const count = wholeNumber('--cells', name, 1_000)
    return { name, cells: count, units: count * unitsPerCell }
  })
  const tables = [
    runAll('policy, 16 cells', base, policies),
    runAll('cells', base, cells),
    runAll(
      'conditions, 16 cells',
      base,
      CONDITION_POLICIES.map((name) => ({ name, policy: parsePolicy(name) })).flatMap(conditionsOf),
    ),
  ]
  process.stdout.write(`${tables.map(({ text }) => text).join('\n\n')}\n`)
  await writeResults('portions', { base, tables: tables.map(({ title, rows }) => ({ title, rows })) })
}

/** One policy under failures, delays and uneven demand. */
function conditionsOf({ name, policy }: { name: string; policy: PortionOptions['policy'] }): Scenario[] {
  const away = (kind: Failure['kind'], cell: number) => [{ kind, cell, atMs: FAILS_AT_MS, forMs: AWAY_MS }]
  const scenarios: Scenario[] = [
    { name: 'without recall', recall: false },
    { name: 'orders do not wait for a portion', waitMs: 0 },
    { name: 'demand of cells as n^-0.5, half of the orders', skew: 0.5, ordersPerSecond: 600 },
    { name: '1,600 units', units: 1_600 },
    { name: 'round trip of 10 ms', tripMs: 10 },
    { name: 'round trip of 100 ms', tripMs: 100 },
    { name: 'a cell is down for 20 s', failures: away('down', 5) },
    { name: 'a cell is cut off for 20 s', failures: away('cut', 5) },
    { name: "the product's home is down for 20 s", failures: away('down', 0) },
    { name: '1,000 products by Zipf, 10 s', products: 1_000, zipf: 1, units: 2_000, seconds: 10 },
  ]
  return scenarios.map((scenario) => ({ ...scenario, policy, name: `${scenario.name}: ${name}` }))
}

function runAll(title: string, base: PortionOptions, scenarios: Scenario[]) {
  const rows = scenarios.map(({ name, ...changes }) => {
    const options = { ...base, ...changes }
    const figures = simulatePortions(options)
    log(`${title}, ${name}: ${figures.ordersPerSecond.toFixed(0)} orders/s, ${figures.events} events checked`)
    return { name, options, figures }
  })
  return { title, rows, text: markdownTable([title, ...HEADER.slice(1)], rows.map(rowOf)) }
}

function rowOf({
  name,
  options,
  figures,
}: {
  name: string
  options: PortionOptions
  figures: ReturnType<typeof simulatePortions>
}) {
  const { placed, refusedFalsely, refusedWhileAway, refusedRightly, unavailable } = figures
  const calls = placed + refusedFalsely + refusedWhileAway + refusedRightly + unavailable
  const percent = (count: number, digits = 2) => ((100 * count) / calls).toFixed(digits)
  return [
    name,
    figures.ordersPerSecond.toFixed(0),
    ((100 * figures.ordersPerSecond) / (options.cells * options.ordersPerSecond)).toFixed(0),
    figures.soldOut ? (figures.almostMs / 1_000).toFixed(1) : '–',
    figures.soldOut ? (figures.endMs / 1_000).toFixed(1) : '–',
    percent(refusedFalsely),
    percent(refusedWhileAway),
    percent(unavailable),
    (1_000 * figures.transfersPerOrder).toFixed(1),
    figures.p50.toFixed(0),
    figures.p99.toFixed(0),
  ]
}
