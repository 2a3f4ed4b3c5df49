import { memoryKibOf } from '../proc.ts'
import { log } from '../report.ts'
import { startShop } from '../shop.ts'
import { startLoad } from './full-stack.ts'
import { fillOrderShop } from './order-shop.ts'

const CONNECTIONS = 64
const SLICE_SECONDS = 20
const SIZE = { members: 1_000, products: 1_000, orders: 20_000 }

/** The memory of the API process after some numbers of orders. */
export type MemoryFigures = { orders: number; megabytes: number }[]

/** Places this many orders in one API process and records its memory (resident set) every 20 seconds. */
export async function measureMemory(orders: number): Promise<MemoryFigures> {
  await using server = await startShop()
  await using shop = await fillOrderShop(server.databaseUrl, SIZE)
  const api = await server.startApi({ platform: await server.startPlatform() })
  const before = await shop.countOrders()
  const figures: MemoryFigures = []
  for (;;) {
    const placed = (await shop.countOrders()) - before
    figures.push({
      orders: placed,
      megabytes: Math.round(((await memoryKibOf(api.pid, 'VmRSS')) ?? Number.NaN) / 1_024),
    })
    log(`${placed.toLocaleString('en')} orders, ${figures.at(-1)?.megabytes} MB`)
    if (placed >= orders) return figures
    const { members, products } = SIZE
    const options = { ...api, urls: [api.url], connections: CONNECTIONS, members, products, hot: false }
    await startLoad({ ...options, warmUpSeconds: 0, seconds: SLICE_SECONDS }).figures
  }
}
