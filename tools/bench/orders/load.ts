import { setTimeout as sleep } from 'node:timers/promises'
import { issueToken } from '@jumun/api'
import { percentile } from '@jumun/test-kit/quantiles'
import { Client } from 'undici'

/** The options of the load generator, given as JSON in its first argument. */
export interface LoadOptions {
  /** The addresses of the processes of the API. The connections are spread over them. */
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
  /** Sends the orders of the warm-up again, each with its key, instead of new ones. */
  replay?: boolean | undefined
  /**
   * Orders a second. Each is due at its time, whether or not those before it have their answers, and its latency counts from then, so that
   * a pause of the server counts for every order that it holds up. Without it, each connection sends one order after the other.
   */
  rate?: number | undefined
}

/** A line of stdout: the start of the measurement, then its figures. */
export type LoadMessage = { started: true } | LoadFigures

/** The figures of one run. */
export interface LoadFigures {
  /** How many calls were answered during the measurement. */
  answered: number
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

/** An order that a member sends. */
interface Call {
  headers: Record<string, string>
  body: string
}

/**
 * Places orders of two products over tRPC as front ends with the SDK do: each with its own key and its member's token.
 */
async function run(options: LoadOptions): Promise<LoadFigures> {
  const { urls, connections, warmUpSeconds, seconds, replay = false, rate } = options
  const all = Array.from({ length: Math.max(connections, WARM_UP_CONNECTIONS) }, (_, index) => {
    return new Client(urls[index % urls.length] as string)
  })
  const nextCall = await orders(options)
  const sent: Call[] = []
  const failures: string[] = []
  const place = async (client: Client, { headers, body: order }: Call) => {
    const path = '/trpc/order.place?batch=1'
    const { statusCode, body } = await client.request({ method: 'POST', path, headers, body: order })
    const text = await body.text()
    if (statusCode !== 200) failures.push(text)
  }
  await sendInTurn(all.slice(0, WARM_UP_CONNECTIONS), warmUpSeconds, (client) => {
    const call = nextCall()
    if (replay) sent.push(call)
    return place(client, call)
  })
  // Failures of the warm-up are dropped: a process whose code is not compiled yet may refuse orders that wait too long.
  failures.length = 0
  send({ started: true })
  const usage = process.cpuUsage()
  let again = 0
  const nextMeasured = replay ? () => sent[again++ % sent.length] as Call : nextCall
  const placeNext = (client: Client) => place(client, nextMeasured())
  const used = all.slice(0, connections)
  const latencies = await (rate === undefined
    ? sendInTurn(used, seconds, placeNext)
    : sendAtRate(used, { rate, seconds }, placeNext))
  const { user, system } = process.cpuUsage(usage)
  await Promise.all(all.map((client) => client.close()))
  const [failure] = failures
  return {
    answered: latencies.length,
    failed: failures.length,
    ...(failure !== undefined && { failure }),
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    cpuSeconds: (user + system) / 1e6,
  }
}

type Send = (client: Client) => Promise<void>

/** Each connection sends one call after the other. Returns their latencies in milliseconds. */
async function sendInTurn(clients: Client[], seconds: number, send: Send): Promise<number[]> {
  const end = performance.now() + seconds * 1_000
  const latencies: number[] = []
  await Promise.all(
    clients.map(async (client) => {
      for (let start = performance.now(); start < end; start = performance.now()) {
        await send(client)
        latencies.push(performance.now() - start)
      }
    }),
  )
  return latencies
}

/** Sends each call when it is due, or as soon as a connection is free after that. Returns the latencies since they were due. */
async function sendAtRate(
  clients: Client[],
  { rate, seconds }: { rate: number; seconds: number },
  send: Send,
): Promise<number[]> {
  const start = performance.now()
  const latencies: number[] = []
  const pending = new Set<Promise<void>>()
  const free = [...clients]
  let next = 0
  const dueAt = (index: number) => start + (index * 1_000) / rate
  const sendOne = async (client: Client, due: number) => {
    await send(client)
    latencies.push(performance.now() - due)
    free.push(client)
    sendDue()
  }
  const sendDue = () => {
    for (; next < rate * seconds && dueAt(next) <= performance.now(); next++) {
      const client = free.pop()
      if (!client) return
      const one = sendOne(client, dueAt(next)).finally(() => pending.delete(one))
      pending.add(one)
    }
  }
  while (next < rate * seconds) {
    sendDue()
    await sleep(1)
  }
  await Promise.all(pending)
  return latencies
}

/** Makes orders of random members. */
async function orders(options: LoadOptions): Promise<() => Call> {
  const { members } = options
  const headers = await Promise.all(Array.from({ length: members }, (_, index) => headersOf(options, index + 1)))
  const prefix = `bench-${process.pid}-${Date.now()}`
  let made = 0
  return () => {
    const member = 1 + Math.floor(Math.random() * members)
    return { headers: headers[member - 1] ?? {}, body: orderOf(options, member, `${prefix}-${++made}`) }
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
