import { MAX_BALANCE } from '@jumun/contract'
import { useShop } from '@jumun/test-kit/domain-shop'
import { expect, test } from 'vitest'
import { chargePoints } from '../../src/point/move-points.ts'
import { refusalOf } from '../../test-support/refusal.ts'

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

test('a charge changes the balance of its member only', async () => {
  const [one, other] = [await shop.member(10), await shop.member(20)]
  await chargePoints(shop.em, { memberId: one, amount: 5 })
  expect([await shop.balance(one), await shop.balance(other)]).toEqual([15, 20])
})

test('member ids are case-sensitive', async () => {
  await chargePoints(shop.em, { memberId: 'Jun', amount: 1 })
  expect([await shop.balance('Jun'), await shop.balance('jun')]).toEqual([1, 0])
})

test('a balance can reach 9,007,199,254,740,991 and cannot exceed it', async () => {
  const memberId = await shop.member(1)
  await shop.em.execute('update point_account set balance = ? where member_id = ?', [MAX_BALANCE - 3, memberId])
  expect(await refusalOf(chargePoints(shop.em, { memberId, amount: 4 }))).toEqual({
    code: 'POINT_LIMIT_EXCEEDED',
    balance: MAX_BALANCE - 3,
    limit: MAX_BALANCE,
  })
  expect(await shop.balance(memberId)).toBe(MAX_BALANCE - 3)
  const { answer } = await chargePoints(shop.em, { memberId, amount: 3 })
  expect(answer.balance).toBe(MAX_BALANCE)
})
