import { expect, test } from 'vitest'
import { useRealApi } from '../test-support/real-api.ts'

const ORDERS = 40
let replies = 0
let lossy = false
const api = useRealApi({ fetch: losingEverySecondReply })

/** A network that loses half of the replies, after the server has done what it was asked. */
async function losingEverySecondReply(url: string, init?: RequestInit): Promise<Response> {
  const response = await fetch(url, init)
  await response.clone().text()
  if (lossy && ++replies % 2 === 1) throw new TypeError('The reply was lost.')
  return response
}

test(`${ORDERS} orders with half of the replies lost are exactly ${ORDERS} orders`, async () => {
  const memberId = 'mina'
  const admin = api.admin()
  const { ids } = await admin.product.create.mutate({ items: [{ name: 'Tea', price: 100, stock: 1_000 }] })
  const [productId = 0] = ids
  lossy = true
  await admin.point.charge.mutate({ memberId, amount: 100_000 })
  const order = { memberId, items: [{ productId, quantity: 1 }] }
  const orders = await Promise.all(Array.from({ length: ORDERS }, () => admin.order.place.mutate(order)))
  expect(new Set(orders.map(({ id }) => id)).size).toBe(ORDERS)
  expect(await admin.point.balance.query({ memberId })).toEqual({ memberId, balance: 100_000 - 100 * ORDERS })
  expect(await admin.product.byId.query({ productId })).toMatchObject({ stock: 1_000 - ORDERS })
})
