import { execFile } from 'node:child_process'
import { globSync } from 'node:fs'
import { access, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { median } from '../report.ts'
import type { OrderShop } from './order-shop.ts'
import { orderSteps, pgbenchScript, type Step } from './order-sql.ts'

const run = promisify(execFile)
const THREADS = 2

interface HandWrittenFigures {
  ordersPerSecond: number
  /** Milliseconds, median. */
  p50: number
}

/** What to run. */
export interface HandWrittenOptions {
  shop: OrderShop
  clients: number
  seconds: number
  /** Every order contains product 1. Default false. */
  hot?: boolean
}

/** Runs the hand-written transaction with prepared statements, by pgbench or, if it is not installed, by a Node.js client. */
export async function runHandWritten(options: HandWrittenOptions): Promise<HandWrittenFigures> {
  const { shop, seconds, hot = false } = options
  const steps = orderSteps({ ...shop, hot })
  const pgbench = await findPgbench()
  const before = await shop.countOrders()
  const latencies = pgbench ? await runPgbench(pgbench, steps, options) : await runClients(steps, options)
  const ordersPerSecond = ((await shop.countOrders()) - before) / seconds
  await shop.deleteEvents()
  return { ordersPerSecond, p50: median(latencies) }
}

/** The path of pgbench, from PATH or Debian's directories, or undefined. */
export async function findPgbench(): Promise<string | undefined> {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).map((directory) => join(directory, 'pgbench'))
  const ofDebian = globSync('/usr/lib/postgresql/*/bin/pgbench')
  for (const path of [...onPath, ...ofDebian.sort().reverse()]) {
    const exists = await access(path).then(
      () => true,
      () => false,
    )
    if (exists) return path
  }
  return undefined
}

/** Returns the latencies of the transactions in milliseconds. */
async function runPgbench(pgbench: string, steps: Step[], options: HandWrittenOptions): Promise<number[]> {
  const { shop, clients, seconds } = options
  const directory = await mkdtemp(join(tmpdir(), 'jumun-pgbench-'))
  try {
    const file = join(directory, 'order.sql')
    await writeFile(file, pgbenchScript(steps))
    const load = ['-c', `${clients}`, '-j', `${Math.min(THREADS, clients)}`, '-T', `${seconds}`]
    await run(pgbench, ['-n', '-M', 'prepared', ...load, '-f', file, '--log', shop.databaseUrl], { cwd: directory })
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

/** Does the same as pgbench in this process. */
async function runClients(steps: Step[], { shop, clients, seconds }: HandWrittenOptions): Promise<number[]> {
  const latencies: number[] = []
  const end = performance.now() + seconds * 1_000
  await Promise.all(
    Array.from({ length: clients }, async () => {
      const client = new Client(shop.databaseUrl)
      await client.connect()
      while (performance.now() < end) {
        const start = performance.now()
        await runTransaction(client, steps)
        latencies.push(performance.now() - start)
      }
      await client.end()
    }),
  )
  return latencies
}

async function runTransaction(client: Client, steps: Step[]): Promise<void> {
  const variables = new Map<string, number | string>()
  for (const [index, { set, sql, keep }] of steps.entries()) {
    if (set) variables.set(...set((name) => Number(variables.get(name))))
    if (!sql) continue
    const names: string[] = []
    const text = sql.replace(/(?<!:):([a-z]+)/g, (_, name: string) => {
      if (!names.includes(name)) names.push(name)
      return `$${names.indexOf(name) + 1}`
    })
    const values = names.map((name) => variables.get(name))
    const { rows } = await client.query({ name: `statement-${index}`, text, values })
    if (keep) variables.set(keep, rows[0][keep])
  }
}
