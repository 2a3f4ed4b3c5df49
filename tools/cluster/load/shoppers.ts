import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { JumunError } from '@jumun/client'
import type { Cluster } from '../cluster/cluster.ts'

const MEMBERS = 12
const PRODUCTS = 20
const POINTS = 1_000_000_000
const PRICE = 100
/** A shopper thinks a little, so that the two cores are not what is measured. */
const THINK_MS = 40
/** A shopper that retries nothing. */
const PLAIN_SHOPPERS = 4

/** What a shopper has written down: what the shop has promised. */
interface Book {
  memberId: string
  /** Ids of the orders that were acknowledged. */
  orders: Set<string>
}

/** Shoppers who place orders until they are stopped: some with the SDK, some who take every error as it is. */
export interface Shoppers {
  books: Book[]
  /** When orders were acknowledged to users of the SDK, by `performance.now()`. */
  acknowledged: number[]
  /** How long the SDK took for the slowest call since the last `mark`, in milliseconds. */
  slowestMs: number
  sdkErrors: string[]
  plainErrors: string[]
  plainOrders: number
  /** Begins to count anew. */
  mark(): void
  stop(): Promise<void>
}

/** Gives members points, and lets them shop. */
export async function startShoppers(cluster: Cluster): Promise<Shoppers> {
  const { admin } = cluster
  const items = Array.from({ length: PRODUCTS }, (_, index) => ({ name: `Product ${index}`, price: PRICE, stock: 1e8 }))
  const { ids } = await admin.product.create.mutate({ items })
  let stopping = false
  const shoppers: Shoppers = {
    books: [],
    acknowledged: [],
    slowestMs: 0,
    sdkErrors: [],
    plainErrors: [],
    plainOrders: 0,
    mark() {
      Object.assign(shoppers, {
        acknowledged: [performance.now()],
        slowestMs: 0,
        sdkErrors: [],
        plainErrors: [],
        plainOrders: 0,
      })
    },
    async stop() {
      stopping = true
      await Promise.all(running)
    },
  }
  const members = Array.from({ length: MEMBERS + PLAIN_SHOPPERS }, (_, index) => `shopper-${index}`)
  for (const memberId of members) {
    await admin.point.charge.mutate({ memberId, amount: POINTS, idempotencyKey: randomUUID() })
    shoppers.books.push({ memberId, orders: new Set() })
  }
  const anOrder = (memberId: string) => ({
    memberId,
    items: [{ productId: ids[Math.floor(Math.random() * ids.length)] ?? 0, quantity: 1 }],
  })
  const shop = async (book: Book) => {
    const jumun = await cluster.client(book.memberId)
    while (!stopping) {
      const begun = performance.now()
      try {
        const { id } = await jumun.order.place.mutate({ ...anOrder(book.memberId), idempotencyKey: randomUUID() })
        book.orders.add(id)
        shoppers.acknowledged.push(performance.now())
      } catch (error) {
        shoppers.sdkErrors.push(error instanceof JumunError ? `${error.code}: ${error.message}` : String(error))
      }
      shoppers.slowestMs = Math.max(shoppers.slowestMs, performance.now() - begun)
      await sleep(THINK_MS)
    }
  }
  const shopPlainly = async ({ memberId }: Book) => {
    const authorization = `Bearer ${await cluster.token(memberId)}`
    while (!stopping) {
      const outcome = await fetch(`${cluster.url}/api/order`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify(anOrder(memberId)),
      }).then(
        async (response) =>
          response.ok ? void (await response.json()) : `${response.status} ${await response.text()}`,
        (error: Error) => `${error.message} ${error.cause}`,
      )
      if (outcome === undefined) shoppers.plainOrders++
      else shoppers.plainErrors.push(outcome)
      await sleep(THINK_MS)
    }
  }
  const running = shoppers.books.map((book, index) => (index < MEMBERS ? shop(book) : shopPlainly(book)))
  shoppers.mark()
  return shoppers
}

/** Compares the books with the shop. Returns what is wrong. */
export async function checkBooks({ admin }: Cluster, { books }: Shoppers): Promise<string[]> {
  const wrong: string[] = []
  for (const { memberId, orders } of books.slice(0, MEMBERS)) {
    const found = new Set<string>()
    let spent = 0
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: Awaited<ReturnType<typeof admin.order.list.query>> = await admin.order.list.query({
        memberId,
        limit: 100,
        ...(cursor === '' ? {} : { cursor }),
      })
      for (const { id, total } of page.items) {
        found.add(id)
        spent += total
      }
      cursor = page.nextCursor
    }
    const [lost, doubled] = [[...orders].filter((id) => !found.has(id)), [...found].filter((id) => !orders.has(id))]
    const { balance } = await admin.point.balance.query({ memberId })
    if (lost.length > 0) wrong.push(`${memberId}: ${lost.length} acknowledged orders are lost, such as ${lost[0]}`)
    if (doubled.length > 0)
      wrong.push(`${memberId}: ${doubled.length} orders more than were placed, such as ${doubled[0]}`)
    if (balance !== POINTS - spent) wrong.push(`${memberId}: the balance is ${balance} after spending ${spent}`)
  }
  return wrong
}
