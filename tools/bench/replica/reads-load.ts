import { setTimeout as sleep } from 'node:timers/promises'
import { percentile } from '@jumun/test-kit/quantiles'
import { Client } from 'undici'

/** The options of the readers, given as JSON in the first argument. */
export interface ReadsOptions {
  url: string
  connections: number
  /** How long to read before the measurement. */
  warmUpSeconds: number
  seconds: number
}

/** What a run of the readers found, printed as JSON at its end. */
export interface ReadsFigures {
  perSecond: number
  /** Milliseconds. */
  p50: number
  p99: number
  failed: number
  /** Share of the answers that came from the replica, which have the header `Age`. */
  fromReplica: number
}

const POPULAR_DAYS = 30
/** The pause after a failed read. The first reads of a process may fail while it loads the windows of popular products. */
const PAUSE_AFTER_FAILURE_MS = 100

/** Each connection lists products and reads popular ones in turn, one call after the other. */
async function run({ url, connections, warmUpSeconds, seconds }: ReadsOptions): Promise<ReadsFigures> {
  const clients = Array.from({ length: connections }, () => new Client(url))
  const start = performance.now() + warmUpSeconds * 1_000
  const end = start + seconds * 1_000
  const latencies: number[] = []
  let [failed, aged, turn] = [0, 0, 0]
  const read = async (client: Client) => {
    const days = 1 + (turn % POPULAR_DAYS)
    const path = turn++ % 2 === 0 ? '/api/product?limit=100&maxAgeSeconds=600' : `/api/popular/product?days=${days}`
    const sent = performance.now()
    const { statusCode, headers, body } = await client.request({ method: 'GET', path })
    await body.dump()
    if (sent < start) return
    latencies.push(performance.now() - sent)
    if (headers['age'] !== undefined) aged++
    if (statusCode === 200) return
    failed++
    await sleep(PAUSE_AFTER_FAILURE_MS)
  }
  await Promise.all(
    clients.map(async (client) => {
      while (performance.now() < end) await read(client)
      await client.close()
    }),
  )
  return {
    perSecond: latencies.length / seconds,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    failed,
    fromReplica: aged / latencies.length,
  }
}

process.stdout.write(`${JSON.stringify(await run(JSON.parse(process.argv[2] ?? '') as ReadsOptions))}\n`)
