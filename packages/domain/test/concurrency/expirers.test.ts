import { useShop } from '@jumun/test-kit/domain-shop'
import { brokenInvariants } from '@jumun/test-kit/invariants'
import { fulfilled, inParallel, tally } from '@jumun/test-kit/parallel'
import { LockMode } from '@mikro-orm/postgresql'
import { expect, test, vi } from 'vitest'
import { expireOrders } from '../../src/order/expire-orders.ts'
import { Order } from '../../src/order/order.entity.ts'

// Ends only a test that hangs; a busy machine needs far less.
vi.setConfig({ testTimeout: 300_000 })
const shop = useShop({ poolSize: 20 })

async function placeOverdueOrders(count: number): Promise<{ productId: number; orderIds: string[] }> {
  const productId = await shop.product({ stock: count })
  const memberId = await shop.member()
  const orderIds: string[] = []
  for (let index = 0; index < count; index++) {
    const { answer } = await shop.place({ memberId, items: [{ productId, quantity: 1 }], payment: 'later' })
    orderIds.push(answer.id)
  }
  await shop.em.execute(`update "order" set expires_at = now() - interval '1 second' where member_id = ?`, [memberId])
  return { productId, orderIds }
}

test('two concurrent expiry runs end every overdue order once', async () => {
  const { productId } = await placeOverdueOrders(150)
  const results = await inParallel(2, () => expireOrders(shop.em))
  expect(tally(results)).toEqual({ fulfilled: 2 })
  const first = fulfilled(results).reduce((sum, expired) => sum + expired, 0)
  const rest = await expireOrders(shop.em)
  expect([first + rest, await expireOrders(shop.em)]).toEqual([150, 0])
  expect(await shop.stock(productId)).toBe(150)
  expect(await brokenInvariants(shop.em)).toEqual({})
})

test('an expiry run skips orders that another transaction has locked', async () => {
  const { productId, orderIds } = await placeOverdueOrders(3)
  const id = orderIds[1] ?? ''
  await shop.em.fork().transactional(async (em) => {
    await em.findOneOrFail(Order, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE })
    expect(await expireOrders(shop.em)).toBe(2)
    expect(await shop.stock(productId)).toBe(2)
  })
  expect(await expireOrders(shop.em)).toBe(1)
  expect(await shop.stock(productId)).toBe(3)
})
