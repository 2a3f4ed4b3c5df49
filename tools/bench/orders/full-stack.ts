import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { cpuSecondsOf } from '../proc.ts'
import { type BenchApi, type BenchPlatform, type BenchShop, newSecret } from '../shop.ts'
import type { LoadFigures, LoadMessage, LoadOptions } from './load.ts'
import type { OrderShop } from './order-shop.ts'

const LOAD = join(import.meta.dirname, 'load.ts')
/** The warm-up of each process: long enough for V8 to compile the code, as it would be in production. */
export const WARM_UP_SECONDS = 8
const DRAIN_LIMIT_MS = 30_000
const POLL_MS = 20

/** An address where no server listens, so that every event stays pending. */
const NO_PLATFORM = { url: 'http://127.0.0.1:9', secret: `whsec_${Buffer.alloc(32).toString('base64')}` }

/** The figures of one run of the whole service. */
export interface FullStackFigures {
  /** Committed orders; answers where `replay` sends committed orders again. */
  ordersPerSecond: number
  ordersPerBatch: number
  /** Bytes of the write-ahead log. */
  walBytesPerOrder: number
  p50: number
  p99: number
  /** Processor time per order in microseconds, by process. */
  cpuMicroseconds: { api: number; postgres: number; dataPlatform: number; load: number }
  /** Milliseconds from the last order until the data platform had all of them. Missing in a run without delivery. */
  drainedMs?: number
}

/** What to run. */
export interface FullStackOptions {
  server: BenchShop
  shop: OrderShop
  platform: BenchPlatform
  connections: number
  seconds: number
  hot?: boolean
  /** Whether the data platform is reachable. Default true. */
  delivery?: boolean
  /** See `LoadOptions`. */
  replay?: boolean
  rate?: number
  /** Processes of the API, which share the connections. Default 1. */
  processes?: number
  /** How they reach the database of the shop. Default: directly. */
  apiDatabaseUrl?: string
  settings?: Record<string, string>
  /** Called with each process of the API before the load starts. */
  onStart?: ((api: BenchApi) => Promise<void>) | undefined
  /** Called with the processes of the API after they have warmed up. */
  onWarm?: ((apis: BenchApi[]) => Promise<void>) | undefined
}

/** Places orders over HTTP for some seconds and counts the committed ones. Throws unless every event is delivered. */
export async function runFullStack(options: FullStackOptions): Promise<FullStackFigures> {
  const { shop, platform, connections, seconds, hot = false, delivery = true, replay, rate } = options
  await shop.deleteEvents()
  const apis: BenchApi[] = []
  try {
    const authSecret = await startApis(options, apis)
    const eventsBefore = await countEvents(platform)
    const ordersBefore = await shop.countOrders()
    const size = { members: shop.members, products: shop.products, hot, replay, rate }
    const run = startLoad({
      urls: apis.map(({ url }) => url),
      authSecret,
      connections,
      warmUpSeconds: WARM_UP_SECONDS * apis.length,
      seconds,
      ...size,
    })
    await run.started
    await options.onWarm?.(apis)
    const start = await readCounters(options, apis)
    const figures = await run.figures
    const end = await readCounters(options, apis)
    const orders = replay ? figures.answered : end.orders - start.orders
    const perOrder = (cpuSeconds: number) => Math.round((cpuSeconds / orders) * 1e6)
    return {
      ordersPerSecond: (orders / (end.at - start.at)) * 1_000,
      ordersPerBatch: (end.orders - start.orders) / Math.max(1, end.batches - start.batches),
      walBytesPerOrder: (end.walBytes - start.walBytes) / orders,
      p50: figures.p50,
      p99: figures.p99,
      cpuMicroseconds: {
        api: perOrder(end.api - start.api),
        postgres: perOrder(end.postgres - start.postgres),
        dataPlatform: perOrder(end.dataPlatform - start.dataPlatform),
        load: perOrder(figures.cpuSeconds),
      },
      ...(delivery && { drainedMs: await drain(platform, eventsBefore + end.orders - ordersBefore, end.at) }),
    }
  } finally {
    await Promise.all(apis.map((api) => api.stop()))
  }
}

/** Starts the processes of the API one after the other, and adds each to the list. Returns the secret that they share. */
async function startApis(options: FullStackOptions, apis: BenchApi[]): Promise<string> {
  const { server, shop, platform, delivery = true, processes = 1, apiDatabaseUrl, settings, onStart } = options
  const authSecret = newSecret()
  for (let index = 0; index < processes; index++) {
    const api = await server.startApi({
      databaseUrl: apiDatabaseUrl ?? shop.databaseUrl,
      authSecret,
      platform: delivery ? platform : NO_PLATFORM,
      ...(settings && { settings }),
    })
    apis.push(api)
    await onStart?.(api)
  }
  return authSecret
}

/** Reads the committed orders and the processor seconds used so far. */
async function readCounters({ server, shop, platform }: FullStackOptions, apis: BenchApi[]) {
  const [writes, orders] = [await shop.countWrites(), await shop.countOrders()]
  const at = performance.now()
  const [api, postgres, dataPlatform] = await Promise.all([
    Promise.all(apis.map(({ pid }) => cpuSecondsOf(pid))).then((all) => all.reduce((sum, one) => sum + one, 0)),
    cpuSecondsOf(server.postgresPid),
    cpuSecondsOf(platform.pid),
  ])
  return { ...writes, orders, at, api, postgres, dataPlatform }
}

/** Starts the load generator. `started` resolves when the measurement starts, `figures` at its end. A failed call rejects it. */
export function startLoad(options: LoadOptions): { started: Promise<void>; figures: Promise<LoadFigures> } {
  const child = spawn(process.execPath, [LOAD, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = createInterface(child.stdout)
  const next = async () => {
    const [line] = (await once(lines, 'line', {
      signal: AbortSignal.timeout(60_000 + (options.warmUpSeconds + options.seconds) * 1_000),
    })) as [string]
    return JSON.parse(line) as LoadMessage
  }
  const started = next()
  const figures = started.then(next).then((message) => {
    if ('started' in message) throw new Error('The load generator started twice.')
    if (message.failed > 0) throw new Error(`${message.failed} calls failed, the first with ${message.failure}`)
    return message
  })
  // `figures` is awaited only after `started`, so its rejection must not count as unhandled before.
  figures.catch(() => {})
  return { started: started.then(() => {}), figures }
}

async function countEvents({ url }: BenchPlatform): Promise<number> {
  const response = await fetch(`${url}/v1/stats`)
  return ((await response.json()) as { events: number }).events
}

/** Waits until the platform has every event. Returns the milliseconds since the last order. */
async function drain(platform: BenchPlatform, expected: number, since: number): Promise<number> {
  for (;;) {
    const events = await countEvents(platform)
    const waitedMs = performance.now() - since
    if (events === expected) return waitedMs
    if (events > expected || waitedMs > DRAIN_LIMIT_MS) {
      throw new Error(`The data platform has ${events} of ${expected} events after ${Math.round(waitedMs)} ms.`)
    }
    await sleep(POLL_MS)
  }
}
