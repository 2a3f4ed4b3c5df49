import { useShop } from '@jumun/test-kit/domain-shop'
import { brokenInvariants, deadlocksIn } from '@jumun/test-kit/invariants'
import { byWorkers, tally } from '@jumun/test-kit/parallel'
import { expect, test, vi } from 'vitest'
import { cancelOrder } from '../../src/order/cancel-order.ts'
import { expireOrders } from '../../src/order/expire-orders.ts'
import { placeOrders } from '../../src/order/place-orders.ts'
import { updateProduct } from '../../src/product/write-products.ts'

const WORKERS = 64
// Ends only a test that hangs; a busy machine needs far less.
vi.setConfig({ testTimeout: 300_000 })
const shop = useShop({ poolSize: WORKERS })

async function createMany<Item>(count: number, create: () => Promise<Item>): Promise<Item[]> {
  const items: Item[] = []
  for (let index = 0; index < count; index++) items.push(await create())
  return items
}

/** Returns `count` random items in random order. */
function sample<Item>(count: number, items: Item[]): Item[] {
  return items
    .map((item) => ({ item, rank: Math.random() }))
    .sort((a, b) => a.rank - b.rank)
    .slice(0, count)
    .map(({ item }) => item)
}

test('64 workers that order the same products in different sequences never deadlock', async () => {
  const count = 6 * WORKERS
  const products = await createMany(10, () => shop.product({ price: 1, stock: 100_000 }))
  const members = await createMany(WORKERS, () => shop.member())
  const results = await byWorkers({ workers: WORKERS, count }, (index) =>
    shop.place({
      memberId: members[index % WORKERS] ?? '',
      items: sample(4, products).map((productId) => ({ productId, quantity: 1 })),
    }),
  )
  expect(tally(results)).toEqual({ fulfilled: count })
  expect(await brokenInvariants(shop.em)).toEqual({})
  expect(await deadlocksIn(shop.em, WORKERS)).toBe(0)
})

test('concurrent batches of random members and products never deadlock with cancellations, expiries and restocking', async () => {
  const count = 3 * WORKERS
  const products = await createMany(10, () => shop.product({ price: 1, stock: 100_000 }))
  const members = await createMany(20, () => shop.member())
  const results = await byWorkers({ workers: WORKERS, count }, async (index) => {
    const expires = index % 3 === 0
    const batch = sample(3, members).map((memberId) => ({
      memberId,
      items: sample(3, products).map((productId) => ({ productId, quantity: 1 })),
      payment: expires ? ('later' as const) : ('now' as const),
    }))
    const [first] = await placeOrders(shop.em, batch)
    if (first === undefined || first instanceof Error) throw first
    const orderId = first.answer.id
    if (expires) await shop.em.execute(`update "order" set expires_at = now() where id = ?`, [orderId])
    if (expires) await expireOrders(shop.em)
    else await cancelOrder(shop.em, { orderId, mayAccess: () => true })
    await updateProduct(shop.em, { productId: products[index % products.length] ?? 0, stockDelta: 1 })
  })
  expect(tally(results)).toEqual({ fulfilled: count })
  expect(await brokenInvariants(shop.em)).toEqual({})
  expect(await deadlocksIn(shop.em, WORKERS)).toBe(0)
})
