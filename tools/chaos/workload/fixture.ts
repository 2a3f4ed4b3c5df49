import { issueToken } from '@jumun/api'
import { createJumunClient, type JumunClient } from '@jumun/client'
import type { Stage } from '../cluster/cluster.ts'
import { randomOf } from '../random.ts'
import type { Journal } from './history.ts'

const TOKEN_SECONDS = 7 * 86_400
const RICH_MEMBERS = 180
const POOR_MEMBERS = 20
const RICH_POINTS = 1_000_000_000
const POOR_POINTS = 20_000
const PLAIN_PRODUCTS = 100
const SCARCE_PRODUCTS = 10
const PLAIN_STOCK = 100_000_000
const SCARCE_STOCK = 200

/** A product for sale. */
interface Ware {
  id: number
  price: number
}

/** Who buys, what there is to buy, and how to reach the shop. */
export interface Market {
  rich: string[]
  poor: string[]
  /** Enough of it for everybody; the first one is what everybody wants. */
  plain: Ware[]
  /** Soon sold out, and put in stock again now and then. */
  scarce: Ware[]
  priceOf(productId: number): number | undefined
  /** The client of a member, or of an admin. Each request goes to any of the processes, as through a load balancer. */
  client(memberId: string): JumunClient
  admin: JumunClient
  /** Orders something, to be paid later, over REST and without a key. Returns the order's id; undefined when nobody knows. */
  orderWithoutKey(memberId: string, productId: number): Promise<string | undefined>
  traffic: Traffic
}

/** What went over the network. */
interface Traffic {
  requests: number
  /** Requests that came to nothing (no connection, no answer, `UNAVAILABLE`) and were made again. */
  retries: number
  /** The share of answers that are lost on their way back, 0 to 1. */
  lostShare: number
  lost: number
  /** Audits of the shop that were answered. */
  audits: number
  slowestMs: number
}

/** Opens the market: members with points, products with stock. */
export async function openMarket(stage: Stage, journal: Journal, seed: number): Promise<Market> {
  const traffic: Traffic = { requests: 0, retries: 0, lostShare: 0, lost: 0, audits: 0, slowestMs: 0 }
  const url = stage.apis[0]?.url ?? ''
  const send = balancedFetch(stage, traffic)
  const clientWith = (token: string) => createJumunClient({ url, token, fetch: send })
  const adminToken = await token(stage, 'chaos', 'admin')
  const admin = clientWith(adminToken)

  const members = (kind: string, count: number) => Array.from({ length: count }, (_, index) => `${kind}-${index}`)
  const rich = members('rich', RICH_MEMBERS)
  const poor = members('poor', POOR_MEMBERS)
  const clients = new Map<string, JumunClient>()
  for (const memberId of [...rich, ...poor]) {
    clients.set(memberId, clientWith(await token(stage, memberId, 'member')))
  }
  const { plain, scarce } = await stockUp(admin, journal, seed)
  const prices = new Map([...plain, ...scarce].map(({ id, price }) => [id, price]))
  const market: Market = {
    rich,
    poor,
    plain,
    scarce,
    priceOf: (productId) => prices.get(productId),
    client: (memberId) => clients.get(memberId) ?? admin,
    admin,
    async orderWithoutKey(memberId, productId) {
      const headers = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' }
      const body = JSON.stringify({ memberId, items: [{ productId, quantity: 1 }], payment: 'later' })
      try {
        const response = await send(`${url}/api/order`, { method: 'POST', headers, body })
        return response.ok ? ((await response.json()) as { id: string }).id : undefined
      } catch {
        return undefined
      }
    },
    traffic,
  }
  await Promise.all([
    ...rich.map((memberId) => firstCharge(market, journal, memberId, RICH_POINTS)),
    ...poor.map((memberId) => firstCharge(market, journal, memberId, POOR_POINTS)),
  ])
  return market
}

function token({ authSecret }: Stage, memberId: string, role: 'member' | 'admin'): Promise<string> {
  return issueToken(authSecret, { memberId, role, expiresInSeconds: TOKEN_SECONDS })
}

/** Sends each request to any of the processes, and loses some of the answers. */
function balancedFetch({ apis }: Stage, traffic: Traffic) {
  return async (url: string, init?: RequestInit): Promise<Response> => {
    const target = new URL(url)
    target.host = new URL(apis[traffic.requests % apis.length]?.url ?? '').host
    traffic.requests++
    const started = performance.now()
    const response = await fetch(target, init).catch((error) => {
      traffic.retries++
      throw error
    })
    if (response.status === 503) traffic.retries++
    traffic.slowestMs = Math.max(traffic.slowestMs, performance.now() - started)
    if (traffic.lostShare === 0 || Math.random() >= traffic.lostShare) return response
    await response.arrayBuffer()
    traffic.lost++
    traffic.retries++
    throw new TypeError('The answer was lost on its way.')
  }
}

async function stockUp(admin: JumunClient, journal: Journal, seed: number): Promise<{ plain: Ware[]; scarce: Ware[] }> {
  const random = randomOf(seed, 1)
  const wares = Array.from({ length: PLAIN_PRODUCTS + SCARCE_PRODUCTS }, (_, index) => ({
    name: `Ware ${index} · 상품`,
    price: random.int(10, 99) * 100,
    stock: index < PLAIN_PRODUCTS ? PLAIN_STOCK : SCARCE_STOCK,
  }))
  const { ids } = await admin.product.create.mutate({ items: wares })
  const created = wares.map(({ price, stock }, index) => ({ id: ids[index] ?? 0, price, stock }))
  for (const product of created) journal.product(product)
  return { plain: created.slice(0, PLAIN_PRODUCTS), scarce: created.slice(PLAIN_PRODUCTS) }
}

async function firstCharge(market: Market, journal: Journal, memberId: string, amount: number): Promise<void> {
  const call = { kind: 'charge' as const, memberId, key: 'first', input: { amount } }
  const answer = await market.client(memberId).point.charge.mutate({ memberId, amount, idempotencyKey: 'first' })
  journal.note(call, { state: 'acknowledged', answer })
}
