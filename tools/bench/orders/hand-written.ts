import { execFile } from 'node:child_process'
import { globSync } from 'node:fs'
import { access, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { orderByHand, pgbenchScript } from './by-hand.ts'
import { runNodeClient } from './node-client.ts'
import type { OrderShop } from './order-shop.ts'

const run = promisify(execFile)
const THREADS = 2

/** What one run of the hand-written transaction came to. */
export interface HandWrittenFigures {
  ordersPerSecond: number
  /** Milliseconds, median. */
  p50: number
}

/** What to run. */
export interface HandWrittenOptions {
  shop: OrderShop
  clients: number
  seconds: number
  hot?: boolean
}

/** Runs the hand-written transaction with prepared statements, by pgbench or, where there is none, by a client of Node's. */
export async function runHandWritten(options: HandWrittenOptions): Promise<HandWrittenFigures> {
  const { shop, clients, seconds, hot = false } = options
  const statements = orderByHand({ ...shop, hot })
  const pgbench = await findPgbench()
  const before = await shop.countOrders()
  const p50 = pgbench
    ? await runPgbench(pgbench, { url: shop.databaseUrl, script: pgbenchScript(statements), clients, seconds })
    : await runNodeClient({ url: shop.databaseUrl, statements, clients, seconds })
  const ordersPerSecond = ((await shop.countOrders()) - before) / seconds
  await shop.forgetEvents()
  return { ordersPerSecond, p50 }
}

/** Where pgbench is: on the PATH, or where Debian puts it. Undefined where it is not. */
export async function findPgbench(): Promise<string | undefined> {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).map((directory) => join(directory, 'pgbench'))
  const ofDebian = globSync('/usr/lib/postgresql/*/bin/pgbench')
  for (const path of [...onPath, ...ofDebian.sort().reverse()]) {
    const there = await access(path).then(
      () => true,
      () => false,
    )
    if (there) return path
  }
  return undefined
}

async function runPgbench(
  pgbench: string,
  { url, script, clients, seconds }: { url: string; script: string; clients: number; seconds: number },
): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'jumun-pgbench-'))
  try {
    const file = join(directory, 'order.sql')
    await writeFile(file, script)
    const threads = Math.min(THREADS, clients)
    await run(
      pgbench,
      ['-n', '-M', 'prepared', '-c', `${clients}`, '-j', `${threads}`, '-T', `${seconds}`, '-f', file, '--log', url],
      { cwd: directory },
    )
    return median(await readLatencies(directory))
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** Each line of a log has the latency of a transaction in microseconds as its third word. */
async function readLatencies(directory: string): Promise<number[]> {
  const logs = (await readdir(directory)).filter((name) => name.startsWith('pgbench_log.'))
  const texts = await Promise.all(logs.map((name) => readFile(join(directory, name), 'utf8')))
  return texts.flatMap((text) =>
    text
      .trim()
      .split('\n')
      .map((line) => Number(line.split(' ')[2]) / 1_000),
  )
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
