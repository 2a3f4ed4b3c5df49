import { issueToken } from '@jumun/api'
import { Client } from 'undici'

/** What one run of the load generator is to do; it is given as JSON in the first argument. */
export interface LoadOptions {
  url: string
  authSecret: string
  connections: number
  /** How long to place orders over 64 connections before the measurement, so that what is measured has been compiled. */
  warmUpSeconds: number
  /** How long to measure. */
  seconds: number
  members: number
  products: number
  /** Every order wants product 1 as well. */
  hot: boolean
}

/** A line of stdout: when the measurement begins, and what it came to. */
export type LoadMessage = { begun: true } | LoadFigures

/** What one run came to. */
export interface LoadFigures {
  /** Calls that failed, with the first failure. */
  failed: number
  failure?: string
  /** Milliseconds. */
  p50: number
  p99: number
  /** Seconds of processor time that this process used while it ran. */
  cpuSeconds: number
}

const WARM_UP_CONNECTIONS = 64

const TOKEN_SECONDS = 86_400

/**
 * Places orders of two products over tRPC, each connection one after the other, every order with a key of its own and
 * its own member's token: what front ends with the SDK send.
 */
async function run(options: LoadOptions): Promise<LoadFigures> {
  const { url, connections, warmUpSeconds, seconds, members } = options
  const headers = await Promise.all(Array.from({ length: members }, (_, index) => headersOf(options, index + 1)))
  const all = Array.from({ length: Math.max(connections, WARM_UP_CONNECTIONS) }, () => new Client(url))
  const prefix = `bench-${process.pid}-${Date.now()}`
  let sent = 0
  const failures: string[] = []
  const placeUntil = async (end: number, clients: Client[]) => {
    const latencies: number[] = []
    const placeOne = async (client: Client) => {
      const member = 1 + Math.floor(Math.random() * members)
      const begun = performance.now()
      const { statusCode, body } = await client.request({
        method: 'POST',
        path: '/trpc/order.place?batch=1',
        headers: headers[member - 1] ?? {},
        body: orderOf(options, member, `${prefix}-${++sent}`),
      })
      const text = await body.text()
      latencies.push(performance.now() - begun)
      if (statusCode !== 200) failures.push(text)
    }
    await Promise.all(
      clients.map(async (client) => {
        while (performance.now() < end) await placeOne(client)
      }),
    )
    return latencies.sort((a, b) => a - b)
  }
  await placeUntil(performance.now() + warmUpSeconds * 1_000, all)
  say({ begun: true })
  const usage = process.cpuUsage()
  const latencies = await placeUntil(performance.now() + seconds * 1_000, all.slice(0, connections))
  const { user, system } = process.cpuUsage(usage)
  await Promise.all(all.map((client) => client.close()))
  const at = (share: number) => latencies[Math.ceil(share * latencies.length) - 1] ?? Number.NaN
  const [failure] = failures
  return {
    failed: failures.length,
    ...(failure !== undefined && { failure }),
    p50: at(0.5),
    p99: at(0.99),
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

function say(message: LoadMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`)
}

say(await run(JSON.parse(process.argv[2] ?? '') as LoadOptions))
