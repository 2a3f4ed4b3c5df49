import { setTimeout as sleep } from 'node:timers/promises'
import { useShop } from '@jumun/test-kit/domain-shop'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { expect, onTestFinished, test } from 'vitest'
import { expireOrders, startExpiry } from '../../src/order/expire-orders.ts'
import { readOrder } from '../../src/order/read-orders.ts'
import { createProducts } from '../../src/product/create-products.ts'
import { countTraces } from '../../test-support/events.ts'
import { makeOverdue } from '../../test-support/order-times.ts'

const shop = useShop()

/** Longer than the interval of the loop. */
const OBSERVATION_MS = scaleByLoad(1_200)

async function pendingOrder(productId: number, quantity = 1) {
  const memberId = await shop.member()
  return (await shop.place({ memberId, items: [{ productId, quantity }], payment: 'later' })).answer
}

test('an overdue order expires: its stock is returned and nothing else changes', async () => {
  const productId = await shop.product({ stock: 5 })
  const order = await pendingOrder(productId, 5)
  await makeOverdue(shop, order.id)
  const traces = await countTraces(shop)

  expect(await expireOrders(shop.em)).toBe(1)
  expect(await readOrder(shop.em, order.id)).toMatchObject({ status: 'EXPIRED', paidAt: null, cancelledAt: null })
  expect([await shop.stock(productId), await shop.balance(order.memberId)]).toEqual([5, 1_000_000])
  // The change in the feed.
  expect(await countTraces(shop)).toBe(traces + 1)
  expect(await expireOrders(shop.em)).toBe(0)
  expect(await shop.stock(productId)).toBe(5)
})

test('orders that are not overdue and paid orders do not expire', async () => {
  const productId = await shop.product()
  const pending = await pendingOrder(productId)
  const { answer: paid } = await shop.place({ memberId: await shop.member(), items: [{ productId, quantity: 1 }] })
  await makeOverdue(shop, paid.id)
  expect(await expireOrders(shop.em)).toBe(0)
  expect([(await readOrder(shop.em, pending.id)).status, (await readOrder(shop.em, paid.id)).status]).toEqual([
    'PENDING_PAYMENT',
    'PAID',
  ])
})

test('orders of the same product each return their stock', async () => {
  const productId = await shop.product({ stock: 10 })
  for (const quantity of [1, 2, 3]) await makeOverdue(shop, (await pendingOrder(productId, quantity)).id)
  expect(await expireOrders(shop.em)).toBe(3)
  expect(await shop.stock(productId)).toBe(10)
})

test('one call expires 100 orders, the most overdue first', async () => {
  const productId = await shop.product({ stock: 1_000 })
  const memberId = await shop.member()
  for (let count = 0; count < 101; count++) {
    await shop.place({ memberId, items: [{ productId, quantity: 1 }], payment: 'later' })
  }
  await shop.em.execute(
    `update "order" set expires_at = now() - row.number * interval '1 second'
       from (select id, row_number() over (order by random()) as number from "order" where member_id = ?) as row
      where row.id = "order".id`,
    [memberId],
  )
  const latest = `select id, expires_at from "order" where member_id = ? and status = 'PENDING_PAYMENT'
    order by expires_at desc limit 1`
  const [last] = await shop.em.execute(latest, [memberId])
  expect(await expireOrders(shop.em)).toBe(100)
  expect(await shop.em.execute(latest, [memberId])).toEqual([last])
  expect(await shop.stock(productId)).toBe(999)
  expect(await expireOrders(shop.em)).toBe(1)
})

test('one call expires orders of at most 200 lines together, so that others wait for their stock only briefly', async () => {
  const products = Array.from({ length: 100 }, () => ({ name: 'Hallabong tea', price: 1, stock: 7 }))
  const { ids } = await createProducts(shop.em, products)
  const items = ids.map((productId) => ({ productId, quantity: 1 }))
  for (let count = 0; count < 3; count++) {
    const { answer } = await shop.place({ memberId: 'mina', items, payment: 'later' })
    await makeOverdue(shop, answer.id)
  }
  expect([await expireOrders(shop.em), await expireOrders(shop.em), await expireOrders(shop.em)]).toEqual([2, 1, 0])
  expect(await Promise.all(ids.map(shop.stock))).toEqual(Array(100).fill(7))
})

test('the background loop expires orders, and continues after an error', async () => {
  const productId = await shop.product({ stock: 5 })
  await makeOverdue(shop, (await pendingOrder(productId, 5)).id)
  await shop.em.execute('alter table order_line rename to order_line_away')
  const errors: unknown[] = []
  const loop = startExpiry(shop.em, (error) => errors.push(error))
  onTestFinished(() => loop.stop())
  await expect.poll(() => errors.length).toBeGreaterThan(0)
  await shop.em.execute('alter table order_line_away rename to order_line')
  loop.wake()
  await expect.poll(() => shop.stock(productId)).toBe(5)
})

test('the background loop expires orders that become overdue, and does nothing after its stop', async () => {
  const productId = await shop.product({ stock: 5 })
  const first = await pendingOrder(productId, 5)
  await makeOverdue(shop, first.id)
  const loop = startExpiry(shop.em, (error) => expect.unreachable(String(error)))
  await expect.poll(() => shop.stock(productId)).toBe(5)
  const second = await pendingOrder(productId, 5)
  await makeOverdue(shop, second.id)
  await expect.poll(() => shop.stock(productId)).toBe(5)
  await loop.stop()
  const third = await pendingOrder(productId, 5)
  await makeOverdue(shop, third.id)
  await sleep(OBSERVATION_MS)
  expect(await shop.stock(productId)).toBe(0)
})
