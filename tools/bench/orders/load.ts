import { issueToken } from '@jumun/api'
import { Client } from 'undici'
import { percentile } from '../report.ts'

/** The options of the load generator, given as JSON in its first argument. */
export interface LoadOptions {
  /** Of the processes of the API, which the connections take in turn. */
  urls: string[]
  authSecret: string
  connections: number
  /** How long to place orders over 64 connections before the measurement, so that V8 has compiled the code. */
  warmUpSeconds: number
  seconds: number
  members: number
  products: number
  /** Every order contains product 1. */
  hot: boolean
}

/** A line of stdout: the start of the measurement, then its figures. */
export type LoadMessage = { started: true } | LoadFigures

/** The figures of one run. */
export interface LoadFigures {
  /** How many calls failed. */
  failed: number
  /** The first failure. */
  failure?: string
  /** Milliseconds. */
  p50: number
  p99: number
  /** Processor seconds of this process during the measurement. */
  cpuSeconds: number
}

const WARM_UP_CONNECTIONS = 64
const TOKEN_SECONDS = 86_400

/**
 * Places orders of two products over tRPC as front ends with the SDK do: each with its own key and its member's token. Each
 * connection sends one order after the other.
 */
async function run(options: LoadOptions): Promise<LoadFigures> {
  const { urls, connections, warmUpSeconds, seconds, members } = options
  const headers = await Promise.all(Array.from({ length: members }, (_, index) => headersOf(options, index + 1)))
  const all = Array.from({ length: Math.max(connections, WARM_UP_CONNECTIONS) }, (_, index) => {
    return new Client(urls[index % urls.length] as string)
  })
  const prefix = `bench-${process.pid}-${Date.now()}`
  let sent = 0
  const failures: string[] = []
  const placeUntil = async (end: number, clients: Client[]) => {
    const latencies: number[] = []
    const placeOne = async (client: Client) => {
      const member = 1 + Math.floor(Math.random() * members)
      const start = performance.now()
      const { statusCode, body } = await client.request({
        method: 'POST',
        path: '/trpc/order.place?batch=1',
        headers: headers[member - 1] ?? {},
        body: orderOf(options, member, `${prefix}-${++sent}`),
      })
      const text = await body.text()
      latencies.push(performance.now() - start)
      if (statusCode !== 200) failures.push(text)
    }
    await Promise.all(
      clients.map(async (client) => {
        while (performance.now() < end) await placeOne(client)
      }),
    )
    return latencies
  }
  await placeUntil(performance.now() + warmUpSeconds * 1_000, all)
  // A process that is not compiled yet refuses what waits too long. What is still wrong fails in the measurement too.
  failures.length = 0
  send({ started: true })
  const usage = process.cpuUsage()
  const latencies = await placeUntil(performance.now() + seconds * 1_000, all.slice(0, connections))
  const { user, system } = process.cpuUsage(usage)
  await Promise.all(all.map((client) => client.close()))
  const [failure] = failures
  return {
    failed: failures.length,
    ...(failure !== undefined && { failure }),
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    cpuSeconds: (user + system) / 1e6,
  }
}

async function headersOf({ authSecret }: LoadOptions, member: number): Promise<Record<string, string>> {
  const caller = { memberId: `member-${member}`, role: 'member' as const, expiresInSeconds: TOKEN_SECONDS }
  return { authorization: `Bearer ${await issueToken(authSecret, caller)}`, 'content-type': 'application/json' }
}

function orderOf({ products, hot }: LoadOptions, member: number, idempotencyKey: string): string {
  const first = hot ? 1 : 1 + Math.floor(Math.random() * products)
  const second = 1 + ((first + Math.floor(Math.random() * (products - 1))) % products)
  const items = [first, second].map((productId) => ({ productId, quantity: 1 }))
  return JSON.stringify({ 0: { memberId: `member-${member}`, items, idempotencyKey } })
}

function send(message: LoadMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`)
}

send(await run(JSON.parse(process.argv[2] ?? '') as LoadOptions))
