import { parseArgs } from 'node:util'
import { median } from '@jumun/test-kit/quantiles'
import { type FullStackFigures, type FullStackOptions, runFullStack } from './orders/full-stack.ts'
import { fillOrderShop } from './orders/order-shop.ts'
import { familyOf } from './proc.ts'
import { log, markdownTable, wholeNumber, writeResults } from './report.ts'
import { type Fit, fitScaling } from './scaling/fit.ts'
import { openQuotas, type Quotas } from './scaling/quota.ts'
import { startShop } from './shop.ts'

const SIZE = { members: 1_000, products: 1_000, orders: 20_000 }
const CASES = ['uniform', 'hot'] as const

/** Figures of each round by number of processes. */
type Runs = Map<number, FullStackFigures[]>

/**
 * `npm run bench -- processes [--processes 1,2,3] [--cases uniform,hot] [--connections 64] [--seconds 10] [--rounds 5] [--quota]
 * [--postgres-cores 1] [--api-cores 0.25]`: measures orders a second with several processes of the API on the same cores. With `--quota`,
 * PostgreSQL and each process have a share of the cores.
 */
export async function benchProcesses(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      processes: { type: 'string' },
      cases: { type: 'string', default: CASES.join(',') },
      connections: { type: 'string', default: '64' },
      seconds: { type: 'string', default: '10' },
      rounds: { type: 'string', default: '5' },
      quota: { type: 'boolean', default: false },
      'postgres-cores': { type: 'string', default: '1' },
      'api-cores': { type: 'string', default: '0.25' },
    },
  })
  const numbers = (values.processes ?? (values.quota ? '1,2,3,4' : '1,2,3')).split(',')
  const processes = numbers.map((text) => wholeNumber('--processes', text, 64))
  const connections = wholeNumber('--connections', values.connections)
  const [seconds, rounds] = [wholeNumber('--seconds', values.seconds), wholeNumber('--rounds', values.rounds)]
  const cores = {
    postgres: coresOf('--postgres-cores', values['postgres-cores']),
    api: coresOf('--api-cores', values['api-cores']),
  }
  // Disposed after the shop, whose processes are in its groups.
  await using quotas = values.quota ? await openQuotas() : undefined
  await using server = await startShop()
  await using shop = await fillOrderShop(server.databaseUrl, SIZE)
  if (quotas) await quotas.confine('postgres', cores.postgres, await familyOf(server.postgresPid))
  const setup = { server, shop, platform: await server.startPlatform(), connections, seconds }
  const confine = quotas && { onWarm: confineApis(quotas, cores.api) }
  const tables: string[] = []
  const results: object[] = []
  for (const name of CASES.filter((one) => values.cases.split(',').includes(one))) {
    const runs = await runRounds({ ...setup, ...confine, hot: name === 'hot' }, { name, processes, rounds })
    tables.push(tableOf(name, runs), ...(values.quota ? [fitLines(runs)] : []))
    results.push({ name, runs: [...runs] })
  }
  process.stdout.write(`${tables.filter((text) => text !== '').join('\n\n')}\n`)
  await writeResults(values.quota ? 'processes-quota' : 'processes', {
    seconds,
    rounds,
    cores: values.quota && cores,
    results,
  })
}

/** Confines the processes after V8 has compiled their code: with a quarter of a core, that would take too long. */
function confineApis(quotas: Quotas, cores: number): FullStackOptions['onWarm'] {
  return async (apis) => {
    for (const [index, { pid }] of apis.entries()) await quotas.confine(`api-${index + 1}`, cores, [pid])
  }
}

/** Runs each number of processes once a round, in alternating order. */
async function runRounds(
  options: FullStackOptions,
  { name, processes, rounds }: { name: string; processes: number[]; rounds: number },
): Promise<Runs> {
  const runs: Runs = new Map(processes.map((count) => [count, []]))
  for (let round = 1; round <= rounds; round++) {
    for (const count of round % 2 === 1 ? processes : processes.toReversed()) {
      const figures = await runFullStack({ ...options, processes: count })
      runs.get(count)?.push(figures)
      log(`Round ${round}, ${name}, ${count} processes: ${figures.ordersPerSecond.toFixed(0)} orders/s`)
    }
  }
  return runs
}

function tableOf(name: string, runs: Runs): string {
  const rate = (figures: FullStackFigures[]) => median(figures.map(({ ordersPerSecond }) => ordersPerSecond))
  const first = rate([...runs.values()][0] ?? [])
  const rows = Array.from(runs, ([count, figures]) => {
    const of = (read: (one: FullStackFigures) => number, digits: number) => median(figures.map(read)).toFixed(digits)
    const coresUsed = (read: (cpu: FullStackFigures['cpuMicroseconds']) => number) =>
      of(({ cpuMicroseconds, ordersPerSecond }) => (read(cpuMicroseconds) * ordersPerSecond) / 1e6, 2)
    return [
      `${count}`,
      rate(figures).toFixed(0),
      (rate(figures) / first).toFixed(2),
      of(({ ordersPerBatch }) => ordersPerBatch, 1),
      of(({ walBytesPerOrder }) => walBytesPerOrder, 0),
      of(({ p50 }) => p50, 1),
      of(({ p99 }) => p99, 1),
      coresUsed(({ api }) => api),
      coresUsed(({ postgres }) => postgres),
    ]
  })
  const header = [
    'orders/s',
    'ratio',
    'orders a batch',
    'log, bytes an order',
    'p50, ms',
    'p99, ms',
    'cores of the API',
    'cores of PostgreSQL',
  ]
  return markdownTable([`${name}, processes`, ...header], rows)
}

/** The laws that have fewer coefficients than there are points. */
function fitLines(runs: Runs): string {
  const points = Array.from(runs).flatMap(([processes, figures]) =>
    figures.map(({ ordersPerSecond }) => ({ processes, perSecond: ordersPerSecond })),
  )
  const line = (title: string, { alone, contention, coherence, r2 }: Fit) =>
    `${title}: one process ${alone.toFixed(0)} orders/s, contention ${contention.toFixed(4)}, ` +
    `coherence ${coherence.toFixed(5)}, R² ${r2.toFixed(3)}`
  const lines = [
    ...(runs.size > 2 ? [line("Amdahl's law", fitScaling(points, 'amdahl'))] : []),
    ...(runs.size > 3 ? [line('Universal Scalability Law', fitScaling(points, 'usl'))] : []),
  ]
  return lines.join('\n')
}

function coresOf(option: string, text: string): number {
  const cores = Number(text)
  if (cores >= 0.1 && cores <= 64) return cores
  throw new RangeError(`${option}: ${text} is not a number of cores from 0.1 to 64`)
}
