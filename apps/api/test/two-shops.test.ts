import { startTestApi, type TestApi } from '@jumun/test-kit/api'
import { brokenInvariants } from '@jumun/test-kit/invariants'
import { useTestDatabase } from '@jumun/test-kit/test-database'
import { afterAll, beforeAll, expect, test } from 'vitest'

const database = useTestDatabase()
const MEMBER = 'mina'

let shops: TestApi[] = []
beforeAll(async () => {
  const start = (schema: string) =>
    startTestApi(database.url, { platform: 'mock', settings: { DATABASE_SCHEMA: schema } })
  shops = await Promise.all([start('public'), start('shop_2')])
})
afterAll(() => Promise.all(shops.map((shop) => shop.close())))

/** Sells in one shop: two orders, of which one is cancelled. */
async function sell(shop: TestApi, { price, quantity }: { price: number; quantity: number }) {
  const [admin, member] = [shop.client('operator', 'admin'), shop.client(MEMBER)]
  const {
    ids: [productId = 0],
  } = await admin.product.create.mutate({ items: [{ name: `Tea for ${price}`, price, stock: 100, key: 'tea' }] })
  await admin.point.charge.mutate({ memberId: MEMBER, amount: 100_000, idempotencyKey: 'charge' })
  const items = [{ productId, quantity }]
  const kept = await member.order.place.mutate({ memberId: MEMBER, items, idempotencyKey: 'kept' })
  const cancelled = await member.order.place.mutate({ memberId: MEMBER, items, idempotencyKey: 'cancelled' })
  await member.order.cancel.mutate({ orderId: cancelled.id })
  return { kept: kept.id, cancelled: cancelled.id, productId }
}

interface Changes {
  nextCursor: string
  items: { data: { order: { id: string } } }[]
}

async function readFeed(shop: TestApi, query = ''): Promise<Changes> {
  const headers = { authorization: `Bearer ${await shop.token('operator', 'admin')}` }
  const reply = await fetch(`${shop.url}/api/changes?topics=orders${query}`, { headers })
  return (await reply.json()) as Changes
}

test('two shops in one database have the same keys and ids side by side, and neither sees what the other sells', async () => {
  const [one, two] = shops as [TestApi, TestApi]
  const cursors = await Promise.all(shops.map(async (shop) => (await readFeed(shop)).nextCursor))
  const sold = await Promise.all([sell(one, { price: 100, quantity: 2 }), sell(two, { price: 300, quantity: 5 })])
  expect(sold[0].productId).toBe(sold[1].productId)
  const expected = [
    { price: 100, quantity: 2 },
    { price: 300, quantity: 5 },
  ]
  for (const [index, shop] of shops.entries()) {
    const [mine, other] = index === 0 ? sold : sold.toReversed()
    const { price = 0, quantity = 0 } = expected[index] ?? {}
    if (!mine || !other) continue
    const [admin, member] = [shop.client('operator', 'admin'), shop.client(MEMBER)]
    expect(await member.point.balance.query({ memberId: MEMBER })).toEqual({
      memberId: MEMBER,
      balance: 100_000 - price * quantity,
    })
    const { items: products } = await member.product.list.query({})
    expect(products).toMatchObject([{ name: `Tea for ${price}`, price, stock: 100 - quantity }])
    const { items: orders } = await member.order.list.query({ memberId: MEMBER })
    expect(orders.map(({ id }) => id)).toEqual([mine.cancelled, mine.kept])
    await expect(admin.order.byId.query({ orderId: other.kept })).rejects.toMatchObject({ code: 'ORDER_NOT_FOUND' })
    const { items: popular } = await member.popular.products.query({})
    expect(popular).toMatchObject([{ productId: mine.productId, sold: quantity }])

    const changes = await readFeed(shop, `&wait=20&after=${cursors[index]}`)
    const ids = new Set(changes.items.map(({ data }) => data.order.id))
    expect([...ids].toSorted()).toEqual([mine.kept, mine.cancelled])
    // Two payments and a cancellation, which may come later.
    const stats = async () => (await fetch(`${shop.platform.url}/v1/stats`)).json()
    await expect.poll(stats).toMatchObject({ orders: 2, events: 3, rejected: 0, badSignatures: 0 })
    const delivered = async (id: string) => (await fetch(`${shop.platform.url}/v1/orders/${id}`)).status
    expect([await delivered(mine.kept), await delivered(other.kept)]).toEqual([200, 404])

    const { processes, database: shown } = await admin.admin.system.query({})
    expect(processes).toMatchObject([{ self: true }])
    expect(shown.sizeBytes).toBeGreaterThan(0)
    expect((await admin.admin.reconcile.mutate({ graceSeconds: 0 })).differences).toEqual([])
    const { invariants } = await admin.admin.audit.query({})
    expect(invariants.filter(({ broken }) => broken > 0)).toEqual([])
    expect(await brokenInvariants(shop.services.em)).toEqual({})
  }
})
