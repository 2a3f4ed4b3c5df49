import { useShop } from '@jumun/test-kit/domain-shop'
import { afterEach, expect, test, vi } from 'vitest'
import { placeOrders } from '../../src/order/place-orders.ts'
import { listOrders } from '../../src/order/read-orders.ts'

const DAY_MS = 86_400_000

const shop = useShop()

afterEach(() => void vi.useRealTimers())

test('order ids follow the clock of the database, even if the clock of a process is a day off', async () => {
  const memberId = await shop.member()
  const items = [{ productId: await shop.product(), quantity: 1 }]
  const startedAt = Date.now()
  const placed: string[] = []
  for (const shiftMs of [DAY_MS, 0, -DAY_MS, 0, DAY_MS]) {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + shiftMs })
    const { answer } = await shop.place({ memberId, items })
    vi.useRealTimers()
    placed.unshift(answer.id)
    // The first 48 bits of a UUIDv7 are its time, which sorts the orders of several processes.
    expect(Number.parseInt(answer.id.replace('-', '').slice(0, 12), 16)).toBe(Date.parse(answer.createdAt))
    expect(Math.abs(Date.parse(answer.createdAt) - startedAt)).toBeLessThan(DAY_MS / 2)
  }
  const { items: listed } = await listOrders(shop.em, { memberId, limit: 10 })
  expect(listed.map(({ id }) => id)).toEqual(placed)
})

test('orders of one transaction are listed in the order of their requests', async () => {
  const memberId = await shop.member()
  const items = [{ productId: await shop.product(), quantity: 1 }]
  const request = { memberId, items, payment: 'now' as const }
  const answers = await placeOrders(shop.em, Array(20).fill(request))
  const ids = answers.map((answer) => 'answer' in answer && answer.answer.id)
  const { items: listed } = await listOrders(shop.em, { memberId, limit: 20 })
  expect(listed.map(({ id }) => id)).toEqual(ids.toReversed())
})
