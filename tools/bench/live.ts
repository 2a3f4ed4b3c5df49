import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { issueToken } from '@jumun/api'
import { median, percentile } from '@jumun/test-kit/quantiles'
import { openReaders, type Readers } from './live/readers.ts'
import { startLoad } from './orders/full-stack.ts'
import { fillOrderShop, type OrderShop } from './orders/order-shop.ts'
import { cpuSecondsOf, memoryKibOf } from './proc.ts'
import { log, markdownTable, wholeNumber, writeResults } from './report.ts'
import { adminClient, type BenchApi, type BenchShop, startShop } from './shop.ts'

const TOKEN_SECONDS = 86_400
const PRODUCTS_PATH = '/api/events?topics=products'
/** Time for memory to settle after the readers have connected. */
const SETTLE_MS = 5_000
const ORDER_CONNECTIONS = 64
const WARM_UP_SECONDS = 8

/**
 * `npm run bench -- live [--idle 10000] [--minutes 1] [--readers 1000] [--changes 200] [--seconds 30] [--rounds 3]`: measures one API process
 * with many idle readers of the live feed, one that fans changes out, and the orders per second with readers and without, in turns.
 */
export async function benchLive(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      idle: { type: 'string', default: '10000' },
      minutes: { type: 'string', default: '1' },
      readers: { type: 'string', default: '1000' },
      changes: { type: 'string', default: '200' },
      seconds: { type: 'string', default: '30' },
      rounds: { type: 'string', default: '3' },
    },
  })
  const seconds = wholeNumber('--seconds', values.seconds)
  const readers = wholeNumber('--readers', values.readers)
  await using shop = await startShop()
  await using orders = await fillOrderShop(shop.databaseUrl, { members: 200, products: 200, orders: 1_000 })
  const idle = await withApi(shop, (api) =>
    measureIdle(api, { count: wholeNumber('--idle', values.idle), minutes: wholeNumber('--minutes', values.minutes) }),
  )
  const fanOut = await withApi(shop, (api) =>
    measureFanOut(api, { readers, perSecond: wholeNumber('--changes', values.changes), seconds }),
  )
  const beside = await measureOrders(shop, orders, { readers, seconds, rounds: wholeNumber('--rounds', values.rounds) })
  await writeResults('live', { idle, fanOut, beside })
  const figure = (rows: Record<string, number>) =>
    markdownTable(
      ['', ''],
      Object.entries(rows).map(([name, value]) => [name, value.toFixed(1)]),
    )
  process.stdout.write(`${figure(idle)}\n\n${figure(fanOut)}\n\n${figure(beside)}\n`)
}

async function withApi<Result>(shop: BenchShop, measure: (api: BenchApi) => Promise<Result>): Promise<Result> {
  const api = await shop.startApi()
  try {
    return await measure(api)
  } finally {
    await api.stop()
  }
}

async function follow(api: BenchApi, count: number): Promise<Readers> {
  const caller = { memberId: 'bench', role: 'admin' as const, expiresInSeconds: TOKEN_SECONDS }
  return openReaders(api.url, count, { path: PRODUCTS_PATH, token: await issueToken(api.authSecret, caller) })
}

const megabytes = async (api: BenchApi) => ((await memoryKibOf(api.pid, 'VmRSS')) ?? Number.NaN) / 1_024

async function measureIdle(api: BenchApi, { count, minutes }: { count: number; minutes: number }) {
  const before = await megabytes(api)
  const readers = await follow(api, count)
  log(`${count} readers are connected`)
  await sleep(SETTLE_MS)
  const [cpu, bookmarks] = [await cpuSecondsOf(api.pid), readers.bookmarks]
  await sleep(minutes * 60_000)
  const figures = {
    'idle readers': count,
    'closed by the server': readers.closed,
    'memory before, MiB': before,
    'memory with them, MiB': await megabytes(api),
    'processor, % of a core': ((await cpuSecondsOf(api.pid)) - cpu) / (minutes * 0.6),
    'bookmarks for each reader': (readers.bookmarks - bookmarks) / count,
  }
  readers.close()
  return figures
}

async function measureFanOut(
  api: BenchApi,
  { readers: count, perSecond, seconds }: { readers: number; perSecond: number; seconds: number },
) {
  const readers = await follow(api, count)
  const admin = await adminClient(api)
  let done = 0
  const update = async () => {
    const call = admin.product.update.mutate({ productId: 1 + Math.floor(Math.random() * 200), stockDelta: -1 })
    await call.then(
      () => void done++,
      (error) => log(`A change failed: ${error.message}`),
    )
  }
  const updateFor = async (seconds: number) => {
    const start = performance.now()
    const pending: Promise<unknown>[] = []
    while (performance.now() - start < seconds * 1_000) {
      // Sends as many updates as are due by now, so that late timers do not lower the rate.
      while (pending.length < ((performance.now() - start) / 1_000) * perSecond) pending.push(update())
      await sleep(5)
    }
    await Promise.all(pending)
  }
  await updateFor(WARM_UP_SECONDS)
  await sleep(1_000)
  readers.delays.length = 0
  done = 0
  const [cpu, received] = [await cpuSecondsOf(api.pid), readers.changes]
  const start = performance.now()
  await updateFor(seconds)
  await sleep(1_000)
  const elapsed = (performance.now() - start) / 1_000
  const figures = {
    readers: count,
    'changes a second': done / seconds,
    'received of those made, %': ((readers.changes - received) / (done * count)) * 100,
    'closed by the server': readers.closed,
    'processor of the API, % of a core': (((await cpuSecondsOf(api.pid)) - cpu) / elapsed) * 100,
    'memory, MiB': await megabytes(api),
    'delay p50, ms': median(readers.delays),
    'delay p99, ms': percentile(readers.delays, 0.99),
  }
  readers.close()
  return figures
}

/** Orders per second over HTTP, in turns with readers of all stock changes and without. */
async function measureOrders(
  server: BenchShop,
  shop: OrderShop,
  { readers: count, seconds, rounds }: { readers: number; seconds: number; rounds: number },
) {
  const run = (readers: number) =>
    withApi(server, async (api) => {
      const open = readers > 0 ? await follow(api, readers) : undefined
      const { members, products } = shop
      const load = {
        ...api,
        urls: [api.url],
        connections: ORDER_CONNECTIONS,
        warmUpSeconds: WARM_UP_SECONDS,
        seconds,
        members,
        products,
        hot: false,
      }
      const { started, figures } = startLoad(load)
      await started
      const [before, start] = [await shop.countOrders(), performance.now()]
      await figures
      const rate = ((await shop.countOrders()) - before) / ((performance.now() - start) / 1_000)
      log(
        `${readers} readers: ${rate.toFixed(0)} orders a second, delay p99 ${percentile(open?.delays ?? [], 0.99)} ms`,
      )
      open?.close()
      return { rate, delay: percentile(open?.delays ?? [], 0.99) }
    })
  const [without, one, many]: { rate: number; delay: number }[][] = [[], [], []]
  for (let round = 0; round < rounds; round++) {
    without?.push(await run(0))
    one?.push(await run(1))
    many?.push(await run(count))
  }
  const rate = (runs: { rate: number }[] = []) => median(runs.map((one) => one.rate))
  const delay = (runs: { delay: number }[] = []) => median(runs.map((one) => one.delay))
  return {
    'orders a second without readers': rate(without),
    'with one reader': rate(one),
    [`with ${count} readers`]: rate(many),
    'delay p99 with one reader, ms': delay(one),
    [`delay p99 with ${count} readers, ms`]: delay(many),
  }
}
