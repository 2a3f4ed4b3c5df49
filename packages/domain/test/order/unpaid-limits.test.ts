import type { PlaceOrderInput } from '@jumun/contract'
import { useShop } from '@jumun/test-kit/domain-shop'
import { fulfilled, inParallel } from '@jumun/test-kit/parallel'
import { expect, test } from 'vitest'
import { DomainError } from '../../src/errors.ts'
import { cancelOrder } from '../../src/order/cancel-order.ts'
import { payOrder } from '../../src/order/pay-order.ts'
import { type PlacedOrder, placeOrders } from '../../src/order/place-orders.ts'
import { createProducts } from '../../src/product/create-products.ts'

const shop = useShop()
const LIMITS = { maxOrders: 3, maxUnits: 50 }

function later(memberId: string, items: PlaceOrderInput['items']): PlaceOrderInput {
  return { memberId, items, payment: 'later' }
}

async function place(...requests: PlaceOrderInput[]): Promise<PlacedOrder[]> {
  return placeOrders(shop.em, requests, LIMITS)
}

function outcomeOf(placed: PlacedOrder | undefined) {
  return placed instanceof DomainError ? { code: placed.code, ...placed.details } : 'placed'
}

test('a member holds a bounded number of unpaid orders, and may place one again after paying or cancelling one', async () => {
  const [memberId, other] = [await shop.member(), await shop.member()]
  const items = [{ productId: await shop.product(), quantity: 1 }]
  const placed = await place(...Array.from({ length: 4 }, () => later(memberId, items)), later(other, items))
  const refused = { code: 'TOO_MANY_UNPAID_ORDERS', limit: 3 }
  expect(placed.map(outcomeOf)).toEqual(['placed', 'placed', 'placed', refused, 'placed'])

  const ids = placed.flatMap((one) => (one instanceof DomainError ? [] : one.answer.id))
  await payOrder(shop.em, { orderId: ids[0] ?? '', mayAccess: () => true })
  expect(outcomeOf((await place(later(memberId, items)))[0])).toBe('placed')
  await cancelOrder(shop.em, { orderId: ids[1] ?? '', mayAccess: () => true })
  expect(outcomeOf((await place(later(memberId, items)))[0])).toBe('placed')
  expect(outcomeOf((await place(later(memberId, items)))[0])).toEqual(refused)
  expect(outcomeOf((await place({ memberId, items, payment: 'now' }))[0])).toBe('placed')
})

test('one member cannot hold the stock of the whole shop without paying', async () => {
  const { ids } = await createProducts(
    shop.em,
    Array.from({ length: 100 }, () => ({ name: 'Hallabong tea', price: 1, stock: 20 })),
  )
  const everything = ids.map((productId) => ({ productId, quantity: 20 }))
  const [half] = [ids.slice(0, 5).map((productId) => ({ productId, quantity: 5 }))]
  const refused = { code: 'TOO_MANY_UNPAID_ORDERS', limit: 50 }
  expect((await place(later('greedy', everything))).map(outcomeOf)).toEqual([refused])
  expect(await Promise.all(ids.map(shop.stock))).toEqual(Array(100).fill(20))
  const halves = await place(later('greedy', half), later('greedy', half), later('greedy', half))
  expect(halves.map(outcomeOf)).toEqual(['placed', 'placed', refused])
})

test('concurrent orders cannot pass the limit of unpaid orders, also of a member who was never charged', async () => {
  const items = [{ productId: await shop.product(), quantity: 1 }]
  for (const memberId of ['never-charged', await shop.member()]) {
    const results = fulfilled(await inParallel(8, () => place(later(memberId, items))))
    expect(results.flat().filter((placed) => outcomeOf(placed) === 'placed')).toHaveLength(3)
  }
})

test('counting the unpaid orders of a member scans no table', async () => {
  await shop.em.execute(`insert into "order" (id, member_id, status, total, version, created_at, paid_at)
    select gen_random_uuid(), 'regular', 'PAID', 1, 1, now(), now() from generate_series(1, 20000)`)
  await shop.em.execute('vacuum analyze')
  const plan = await shop.em.execute(`explain select count(*) from "order"
    where member_id = any('{regular}') and status = 'PENDING_PAYMENT'`)
  expect(JSON.stringify(plan)).toContain('order_unpaid_index')
})
