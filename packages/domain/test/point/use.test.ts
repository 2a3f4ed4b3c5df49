import { useShop } from '@jumun/test-kit/domain-shop'
import { expect, test } from 'vitest'
import { usePoints } from '../../src/point/move-points.ts'
import { readPointHistory } from '../../src/point/read-points.ts'
import { refusalOf } from '../../test-support/refusal.ts'

const shop = useShop()

test('using points reduces the balance, down to 0', async () => {
  const memberId = await shop.member(100)
  expect(await usePoints(shop.em, { memberId, amount: 60 })).toEqual({
    answer: { memberId, balance: 40 },
    replayed: false,
  })
  expect((await usePoints(shop.em, { memberId, amount: 40 })).answer.balance).toBe(0)
  expect(await shop.balance(memberId)).toBe(0)
})

test('a use above the balance reports the balance and the required points, and changes nothing', async () => {
  const memberId = await shop.member(100)
  expect(await refusalOf(usePoints(shop.em, { memberId, amount: 101 }))).toEqual({
    code: 'INSUFFICIENT_POINTS',
    balance: 100,
    required: 101,
  })
  expect(await shop.balance(memberId)).toBe(100)
  expect((await readPointHistory(shop.em, { memberId, limit: 100 })).items).toHaveLength(1)
})

test('a use by a member without an account reports a balance of 0 and creates no account', async () => {
  expect(await refusalOf(usePoints(shop.em, { memberId: 'nobody', amount: 1 }))).toEqual({
    code: 'INSUFFICIENT_POINTS',
    balance: 0,
    required: 1,
  })
  expect(await shop.em.execute(`select 1 from point_account where member_id = 'nobody'`)).toEqual([])
})
