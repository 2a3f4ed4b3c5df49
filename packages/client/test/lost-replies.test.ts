import { sized } from '@jumun/test-kit/long-tests'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { expect, test } from 'vitest'
import { createJumunClient, type Order } from '../src/index.ts'
import { startLossyProxy } from '../test-support/lossy-proxy.ts'
import { useRealApi } from '../test-support/real-api.ts'

const ORDERS = sized({ short: 200, long: 1_000 })
const SHOPPERS = 50
const PRICE = 100
const TIMEOUT_MS = scaleByLoad(120_000)
const POINTS = 10_000_000

const api = useRealApi()

/** Creates a product with enough stock and members with enough points. */
async function openShop() {
  const admin = api.admin()
  const { ids } = await admin.product.create.mutate({ items: [{ name: 'Tea', price: PRICE, stock: 10_000 }] })
  const members = Array.from({ length: SHOPPERS }, (_, index) => `shopper-${crypto.randomUUID()}-${index}`)
  await Promise.all(members.map((memberId) => admin.point.charge.mutate({ memberId, amount: POINTS })))
  return { admin, productId: ids[0] ?? 0, members }
}

/** A client that connects through the proxy. */
async function clientBehind(url: string, token: Promise<string>) {
  return createJumunClient({ url, token: await token, timeoutMs: TIMEOUT_MS })
}

test(`${ORDERS} orders with half of the replies lost are exactly ${ORDERS} orders`, {
  timeout: scaleByLoad(240_000),
}, async () => {
  const { admin, productId, members } = await openShop()
  // Of three calls, one loses no reply, one loses its first and one its first two: three of six replies.
  const proxy = await startLossyProxy(api.url(), { lostReplies: (nthCall) => nthCall % 3 })
  const shop = async (memberId: string) => {
    const jumun = await clientBehind(proxy.url, api.token(memberId))
    const orders: Order[] = []
    for (let count = 0; count < ORDERS / SHOPPERS; count++) {
      orders.push(await jumun.order.place.mutate({ memberId, items: [{ productId, quantity: 1 }] }))
    }
    return orders
  }
  const returned = (await Promise.all(members.map(shop))).flat()
  expect(proxy.lost).toBeGreaterThanOrEqual(ORDERS - 2)
  expect(proxy.lost / proxy.replies).toBeCloseTo(0.5, 2)

  const placed: string[] = []
  for (const memberId of members) {
    for await (const { id } of admin.orders({ memberId })) placed.push(id)
    const balance = POINTS - (PRICE * ORDERS) / SHOPPERS
    expect(await admin.point.balance.query({ memberId })).toEqual({ memberId, balance })
  }
  expect(placed).toHaveLength(ORDERS)
  expect(returned.map(({ id }) => id).sort()).toEqual(placed.sort())
  expect(await admin.product.byId.query({ productId })).toMatchObject({ stock: 10_000 - ORDERS })
})

test('each kind of mutation takes effect once if its first reply is lost', async () => {
  const { admin, productId, members } = await openShop()
  const [memberId = ''] = members
  const proxy = await startLossyProxy(api.url(), { lostReplies: () => 1 })
  const operator = await clientBehind(proxy.url, api.adminToken())
  const jumun = await clientBehind(proxy.url, api.token(memberId))
  await operator.point.charge.mutate({ memberId, amount: 500 })
  await jumun.point.use.mutate({ memberId, amount: 200 })
  const order = { memberId, items: [{ productId, quantity: 1 }], payment: 'later' as const }
  const { id: orderId } = await jumun.order.place.mutate(order)
  expect(await jumun.payment.pay.mutate({ orderId })).toMatchObject({ status: 'PAID' })
  expect(await jumun.order.cancel.mutate({ orderId })).toMatchObject({ id: orderId, status: 'CANCELLED' })
  expect(await operator.product.update.mutate({ productId, stockDelta: 5 })).toMatchObject({ stock: 10_005 })
  expect(await jumun.cart.addItem.mutate({ memberId, productId, quantity: 2 })).toMatchObject({ total: 2 * PRICE })
  expect(await jumun.cart.checkout.mutate({ memberId })).toMatchObject({ status: 'PAID', total: 2 * PRICE })

  const history: [string, number][] = []
  for await (const { kind, amount } of admin.pointHistory({ memberId })) history.unshift([kind, amount])
  expect(history).toEqual([
    ['CHARGE', POINTS],
    ['CHARGE', 500],
    ['USE', -200],
    ['PAYMENT', -PRICE],
    ['REFUND', PRICE],
    ['PAYMENT', -2 * PRICE],
  ])
  expect(await admin.product.byId.query({ productId })).toMatchObject({ stock: 10_005 - 2 })
})
