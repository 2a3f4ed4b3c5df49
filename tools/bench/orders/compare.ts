import { log } from '../report.ts'
import { type BenchPlatform, type BenchShop, startShop } from '../shop.ts'
import { type FullStackFigures, type FullStackOptions, runFullStack } from './full-stack.ts'
import { type HandWrittenOptions, runHandWritten } from './hand-written.ts'
import { fillOrderShop, type OrderShop } from './order-shop.ts'

const CONNECTIONS = 64
/** More connections than are ever busy at once at half of the load, so that no order waits for one. */
const OPEN_CONNECTIONS = 256
const CLIENTS = [8, 16, 32]
const SIZE = { members: 1_000, products: 1_000, orders: 20_000 }
const TEN_TIMES = { members: 10_000, products: 10_000, orders: 200_000 }

/** The figures of both sides of a case, by round. */
interface CaseFigures {
  a: number[]
  b: number[]
}

/** The figures of all cases. */
export interface OrderComparison {
  cases: Record<string, CaseFigures>
  /** The runs of the whole service on side A, by case. */
  fullStack: Record<string, FullStackFigures[]>
}

interface Setup {
  server: BenchShop
  shop: OrderShop
  tenfold: OrderShop
  platform: BenchPlatform
  seconds: number
}

type Side = (setup: Setup, keep: (figures: FullStackFigures) => void) => Promise<number>

/** The two sides of each case. Their results are orders per second, of `one` and `open` milliseconds. */
const CASES: Record<string, { a: Side; b: Side }> = {
  uniform: { a: fullStack({}), b: handWritten({}) },
  hot: { a: fullStack({ hot: true }), b: handWritten({ hot: true }) },
  one: {
    a: async (setup, keep) => {
      const figures = await runFullStack({ ...setup, connections: 1 })
      keep(figures)
      return figures.p50
    },
    b: async ({ shop, seconds }) => (await runHandWritten({ shop, seconds, clients: 1 })).p50,
  },
  ten: { a: (setup, keep) => fullStack({ shop: setup.tenfold })(setup, keep), b: fullStack({}) },
  replay: { a: fullStack({ replay: true }), b: fullStack({}) },
  open: { a: openLoop, b: handWrittenOpenLoop },
  events: { a: fullStack({}), b: fullStack({ delivery: false }) },
}

/** The cases whose results are milliseconds. */
export const MEASURED_IN_MS = new Set(['one', 'open'])

/** Runs both sides of each case alternately on one server with durable settings. Each round starts with the other side. */
export async function compareOrders(options: {
  cases: string[]
  rounds: number
  seconds: number
}): Promise<OrderComparison> {
  const { cases, rounds, seconds } = options
  for (const name of cases) if (!Object.hasOwn(CASES, name)) throw new RangeError(`--cases: unknown case ${name}`)
  const comparison: OrderComparison = { cases: {}, fullStack: {} }
  if (cases.length === 0) return comparison
  await using server = await startShop()
  await using shop = await fillOrderShop(server.databaseUrl, SIZE)
  await using tenfold = await fillOrderShop(await server.addDatabase('tenfold'), TEN_TIMES)
  const setup = { server, shop, tenfold, platform: await server.startPlatform(), seconds }
  for (let round = 1; round <= rounds; round++) {
    for (const name of cases) await compareOnce(name, round, setup, comparison)
  }
  return comparison
}

async function compareOnce(name: string, round: number, setup: Setup, { cases, fullStack }: OrderComparison) {
  const { a, b } = CASES[name] as (typeof CASES)[string]
  cases[name] ??= { a: [], b: [] }
  fullStack[name] ??= []
  const sides = round % 2 === 1 ? (['a', 'b'] as const) : (['b', 'a'] as const)
  for (const side of sides) {
    const keep = (run: FullStackFigures) => {
      if (side === 'a') fullStack[name]?.push(run)
    }
    const value = await (side === 'a' ? a : b)(setup, keep)
    cases[name][side].push(value)
    log(
      `Round ${round}, ${name}, side ${side.toUpperCase()}: ${value.toFixed(1)} ${MEASURED_IN_MS.has(name) ? 'ms' : 'orders/s'}`,
    )
  }
}

function fullStack(options: Partial<FullStackOptions>): Side {
  return async (setup, keep) => {
    const figures = await runFullStack({ ...setup, connections: CONNECTIONS, ...options })
    keep(figures)
    return figures.ordersPerSecond
  }
}

/** Returns the p99 in milliseconds at half of the rate that the service reaches. */
async function openLoop(setup: Setup, keep: (figures: FullStackFigures) => void): Promise<number> {
  const closed = await runFullStack({ ...setup, connections: CONNECTIONS })
  const rate = Math.round(closed.ordersPerSecond / 2)
  const figures = await runFullStack({ ...setup, connections: OPEN_CONNECTIONS, rate })
  keep(figures)
  return figures.p99
}

/** Returns the p99 in milliseconds at half of the rate that the hand-written transaction reaches, with the best number of clients. */
async function handWrittenOpenLoop(setup: Setup, keep: (figures: FullStackFigures) => void): Promise<number> {
  const { shop, seconds } = setup
  const rate = Math.round((await handWritten({})(setup, keep)) / 2)
  const runs: number[] = []
  for (const clients of CLIENTS) runs.push((await runHandWritten({ shop, seconds, clients, rate })).p99)
  return Math.min(...runs)
}

/** Returns the result of the best number of clients. */
function handWritten(options: Partial<HandWrittenOptions>): Side {
  return async ({ shop, seconds }) => {
    const runs: number[] = []
    for (const clients of CLIENTS) {
      runs.push((await runHandWritten({ shop, seconds, clients, ...options })).ordersPerSecond)
    }
    return Math.max(...runs)
  }
}
