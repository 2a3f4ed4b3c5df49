import { issueToken } from '@jumun/api'
import { createJumunClient, type JumunClient } from '@jumun/client'
import type { Cluster } from '../cluster/cluster.ts'
import { type Random, randomOf } from '../random.ts'
import type { History } from './history.ts'

const TOKEN_SECONDS = 7 * 86_400
const RICH_MEMBERS = 180
const POOR_MEMBERS = 20
const RICH_POINTS = 1_000_000_000
const POOR_POINTS = 20_000
const PLAIN_PRODUCTS = 100
const SCARCE_PRODUCTS = 10
const PLAIN_STOCK = 100_000_000
const SCARCE_STOCK = 200

interface Product {
  id: number
  price: number
}

/** The members and products of a run, and clients that reach the API. */
export interface Fixture {
  rich: string[]
  poor: string[]
  /** Products that never sell out. The first one is the hot product. */
  plain: Product[]
  /** Products that sell out and are restocked. */
  scarce: Product[]
  priceOf(productId: number): number | undefined
  /** The client of a member, or the admin's for other ids. Each request goes to a random process, as through a load balancer. */
  client(memberId: string): JumunClient
  admin: JumunClient
  /** Places an unpaid order over REST without a key. Returns its id, or undefined if the outcome is unknown. */
  orderWithoutKey(memberId: string, productId: number): Promise<string | undefined>
  traffic: Traffic
}

/** Counts of what the clients sent. */
interface Traffic {
  /** Requests that failed (no connection, no answer, `UNAVAILABLE`) and were retried. */
  retries: number
  /** The probability that an answer is lost, 0 to 1. */
  lossProbability: number
  lost: number
  /** Audits that were answered. */
  audits: number
  slowestMs: number
}

/** Creates members with points and products with stock. */
export async function createFixture(cluster: Cluster, history: History, seed: number): Promise<Fixture> {
  const traffic: Traffic = { retries: 0, lossProbability: 0, lost: 0, audits: 0, slowestMs: 0 }
  const url = cluster.apis[0]?.url ?? ''
  const fetchOf = (client: string) => balancedFetch(cluster, traffic, randomOf(seed, 'requests', client))
  const clientOf = async (memberId: string, role: 'member' | 'admin') =>
    createJumunClient({
      url,
      token: await tokenOf(cluster, memberId, role),
      fetch: fetchOf(memberId),
      random: randomOf(seed, 'backoff', memberId).fraction,
    })
  const admin = await clientOf('chaos', 'admin')
  const headers = {
    authorization: `Bearer ${await tokenOf(cluster, 'chaos', 'admin')}`,
    'content-type': 'application/json',
  }
  const members = (kind: string, count: number) => Array.from({ length: count }, (_, index) => `${kind}-${index}`)
  const rich = members('rich', RICH_MEMBERS)
  const poor = members('poor', POOR_MEMBERS)
  const clients = new Map<string, JumunClient>()
  for (const memberId of [...rich, ...poor]) clients.set(memberId, await clientOf(memberId, 'member'))
  const { plain, scarce } = await createProducts(admin, history, seed)
  const prices = new Map([...plain, ...scarce].map(({ id, price }) => [id, price]))
  const fixture: Fixture = {
    rich,
    poor,
    plain,
    scarce,
    priceOf: (productId) => prices.get(productId),
    client: (memberId) => clients.get(memberId) ?? admin,
    admin,
    async orderWithoutKey(memberId, productId) {
      const body = JSON.stringify({ memberId, items: [{ productId, quantity: 1 }], payment: 'later' })
      try {
        const response = await fetchOf(memberId)(`${url}/api/order`, { method: 'POST', headers, body })
        return response.ok ? ((await response.json()) as { id: string }).id : undefined
      } catch {
        return undefined
      }
    },
    traffic,
  }
  await Promise.all([
    ...rich.map((memberId) => firstCharge(fixture, history, memberId, RICH_POINTS)),
    ...poor.map((memberId) => firstCharge(fixture, history, memberId, POOR_POINTS)),
  ])
  return fixture
}

/** A token that is valid for longer than any run. */
export function tokenOf({ authSecret }: Cluster, memberId: string, role: 'member' | 'admin'): Promise<string> {
  return issueToken(authSecret, { memberId, role, expiresInSeconds: TOKEN_SECONDS })
}

/** A `fetch` that sends each request to a random process and loses some of the answers. */
function balancedFetch({ apis }: Cluster, traffic: Traffic, random: Random) {
  return async (url: string, init?: RequestInit): Promise<Response> => {
    const target = new URL(url)
    target.host = new URL(random.pick(apis).url).host
    // Drawn whether or not answers are lost now, so that the timing of the fault does not change later draws.
    const lossDraw = random.fraction()
    const started = performance.now()
    const response = await fetch(target, init).catch((error) => {
      traffic.retries++
      throw error
    })
    if (response.status === 503) traffic.retries++
    traffic.slowestMs = Math.max(traffic.slowestMs, performance.now() - started)
    if (lossDraw >= traffic.lossProbability) return response
    await response.arrayBuffer()
    traffic.lost++
    traffic.retries++
    throw new TypeError('Chaos dropped the answer.')
  }
}

async function createProducts(admin: JumunClient, history: History, seed: number) {
  const random = randomOf(seed, 'prices')
  const items = Array.from({ length: PLAIN_PRODUCTS + SCARCE_PRODUCTS }, (_, index) => ({
    name: `Product ${index} · 상품`,
    price: random.int(10, 99) * 100,
    stock: index < PLAIN_PRODUCTS ? PLAIN_STOCK : SCARCE_STOCK,
  }))
  const { ids } = await admin.product.create.mutate({ items })
  const created = items.map(({ price, stock }, index) => ({ id: ids[index] ?? 0, price, stock }))
  for (const product of created) history.recordProduct(product)
  return { plain: created.slice(0, PLAIN_PRODUCTS), scarce: created.slice(PLAIN_PRODUCTS) }
}

async function firstCharge(fixture: Fixture, history: History, memberId: string, amount: number): Promise<void> {
  const call = { kind: 'charge' as const, memberId, key: 'first', input: { amount } }
  const answer = await fixture.client(memberId).point.charge.mutate({ memberId, amount, idempotencyKey: 'first' })
  history.record(call, { state: 'acknowledged', answer })
}
