import { execFile } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { percentile } from '@jumun/test-kit/quantiles'
import type { OrderShop } from './order-shop.ts'
import { orderScript } from './order-sql.ts'

const run = promisify(execFile)
const THREADS = 2

interface HandWrittenFigures {
  ordersPerSecond: number
  /** Milliseconds. With `rate`, since the transaction was due. */
  p50: number
  p99: number
}

/** What to run. */
export interface HandWrittenOptions {
  shop: OrderShop
  clients: number
  seconds: number
  /** Every order contains product 1. Default false. */
  hot?: boolean
  /** Transactions a second, each due at its time (Poisson). Default: each client runs one after the other. */
  rate?: number
}

/** Runs the hand-written transaction with prepared statements, by pgbench. */
export async function runHandWritten(options: HandWrittenOptions): Promise<HandWrittenFigures> {
  const { shop, seconds, hot = false } = options
  const before = await shop.countOrders()
  const latencies = await runPgbench(orderScript({ ...shop, hot }), options)
  const ordersPerSecond = ((await shop.countOrders()) - before) / seconds
  await shop.deleteEvents()
  return { ordersPerSecond, p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99) }
}

/** Finds pgbench on the PATH or in Debian's directories. Throws if it is not installed. */
export function findPgbench(): string {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).map((directory) => join(directory, 'pgbench'))
  const found = [...onPath, ...globSync('/usr/lib/postgresql/*/bin/pgbench').sort().reverse()].find(existsSync)
  if (found === undefined) throw new Error('pgbench is not installed. It comes with the PostgreSQL server.')
  return found
}

/** Returns the latencies of the transactions in milliseconds. */
async function runPgbench(script: string, options: HandWrittenOptions): Promise<number[]> {
  const { shop, clients, seconds, rate } = options
  const directory = await mkdtemp(join(tmpdir(), 'jumun-pgbench-'))
  try {
    const file = join(directory, 'order.sql')
    await writeFile(file, script)
    const pace = rate === undefined ? [] : ['-R', `${rate}`]
    const load = [...pace, '-c', `${clients}`, '-j', `${Math.min(THREADS, clients)}`, '-T', `${seconds}`]
    await run(findPgbench(), ['-n', '-M', 'prepared', ...load, '-f', file, '--log', shop.databaseUrl], {
      cwd: directory,
    })
    const logs = (await readdir(directory)).filter((name) => name.startsWith('pgbench_log.'))
    const texts = await Promise.all(logs.map((name) => readFile(join(directory, name), 'utf8')))
    // The third word of each line is the latency of a transaction in microseconds.
    return texts.flatMap((text) =>
      text
        .trim()
        .split('\n')
        .map((line) => Number(line.split(' ')[2]) / 1_000),
    )
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
