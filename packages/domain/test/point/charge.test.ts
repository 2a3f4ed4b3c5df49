import { expect, test } from 'vitest'
import { chargePoints } from '../../src/point/move-points.ts'
import { useShop } from '../../test-support/shop.ts'

const shop = useShop()

test('a member has no points before the first charge', async () => {
  expect(await shop.balance('nobody')).toBe(0)
})

test('charges add up', async () => {
  const first = await chargePoints(shop.em, { memberId: 'mina', amount: 1 })
  const second = await chargePoints(shop.em, { memberId: 'mina', amount: 1_000_000_000 })
  expect(first).toEqual({ answer: { memberId: 'mina', balance: 1 }, replayed: false })
  expect(second).toEqual({ answer: { memberId: 'mina', balance: 1_000_000_001 }, replayed: false })
  expect(await shop.balance('mina')).toBe(1_000_000_001)
})
