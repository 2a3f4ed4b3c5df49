import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { median } from '@jumun/test-kit/quantiles'
import { startReplicatedPair } from '@jumun/test-kit/replicated-pair'
import { type FullStackFigures, runFullStack, WARM_UP_SECONDS } from './orders/full-stack.ts'
import { fillOrderShop } from './orders/order-shop.ts'
import type { ReadsFigures, ReadsOptions } from './replica/reads-load.ts'
import { log, markdownTable, wholeNumber, writeResults } from './report.ts'
import { startShop } from './shop.ts'

const READS = join(import.meta.dirname, 'replica/reads-load.ts')
const CONNECTIONS = 64
const SIZE = { members: 1_000, products: 1_000, orders: 20_000 }

interface Run {
  orders: FullStackFigures
  reads: ReadsFigures
}

/**
 * `npm run bench -- replica [--seconds 10] [--rounds 5] [--readers 16]`: measures orders beside reads that may be old, in alternating
 * rounds with a replica for these reads and without one. Primary and replica share the cores.
 */
export async function benchReplica(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: 'string', default: '10' },
      rounds: { type: 'string', default: '5' },
      readers: { type: 'string', default: '16' },
    },
  })
  const [seconds, rounds] = [wholeNumber('--seconds', values.seconds), wholeNumber('--rounds', values.rounds)]
  const readers = wholeNumber('--readers', values.readers, 1_000)
  let replicaUrl = ''
  await using server = await startShop(async (stops) => {
    const pair = await startReplicatedPair((run) => stops.defer(async () => void (await run())), { durable: true })
    replicaUrl = pair.standby.url
    return { url: pair.primary.url, dataDir: pair.primaryDataDir }
  })
  await using shop = await fillOrderShop(server.databaseUrl, SIZE)
  const setup = { server, shop, platform: await server.startPlatform(), connections: CONNECTIONS, seconds }
  const sides = new Map<string, Record<string, string>>([
    ['primary only', {}],
    ['with a replica', { DATABASE_READ_URL: replicaUrl }],
  ])
  const runs = new Map<string, Run[]>(Array.from(sides.keys(), (name) => [name, []]))
  for (let round = 1; round <= rounds; round++) {
    for (const [name, settings] of round % 2 === 1 ? sides : [...sides].reverse()) {
      const run = await measure({ ...setup, settings }, readers)
      runs.get(name)?.push(run)
      log(
        `Round ${round}, ${name}: ${run.orders.ordersPerSecond.toFixed(0)} orders/s, ${run.reads.perSecond.toFixed(0)} reads/s`,
      )
    }
  }
  process.stdout.write(`${tableOf(runs)}\n`)
  await writeResults('replica', { seconds, rounds, readers, runs: [...runs] })
}

/** Reads while orders are placed. */
async function measure(options: Parameters<typeof runFullStack>[0], readers: number): Promise<Run> {
  let reads: Promise<ReadsFigures> | undefined
  const orders = await runFullStack({
    ...options,
    async onStart({ url }) {
      reads = runReads({ url, connections: readers, warmUpSeconds: WARM_UP_SECONDS, seconds: options.seconds })
      // `reads` is awaited only after the orders, so its rejection must not count as unhandled before.
      reads.catch(() => {})
    },
  })
  if (!reads) throw new Error('No process of the API was started.')
  return { orders, reads: await reads }
}

async function runReads(options: ReadsOptions): Promise<ReadsFigures> {
  const { stdout } = await promisify(execFile)(process.execPath, [READS, JSON.stringify(options)])
  const figures = JSON.parse(stdout) as ReadsFigures
  if (figures.failed > 0) throw new Error(`${figures.failed} reads failed.`)
  return figures
}

function tableOf(runs: Map<string, Run[]>): string {
  const rows = Array.from(runs, ([name, all]) => {
    const of = (read: (run: Run) => number, digits = 0) => median(all.map(read)).toFixed(digits)
    return [
      name,
      of(({ orders }) => orders.ordersPerSecond),
      of(({ orders }) => orders.p50, 1),
      of(({ orders }) => orders.p99, 1),
      of(({ reads }) => reads.perSecond),
      of(({ reads }) => reads.p50, 1),
      of(({ reads }) => reads.p99, 1),
      of(({ reads }) => 100 * reads.fromReplica),
    ]
  })
  const header = [
    'orders/s',
    'p50, ms',
    'p99, ms',
    'reads/s',
    'p50 of reads, ms',
    'p99 of reads, ms',
    'from the replica, %',
  ]
  return markdownTable(['', ...header], rows)
}
