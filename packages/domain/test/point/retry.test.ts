import { useShop } from '@jumun/test-kit/domain-shop'
import { expect, test } from 'vitest'
import { chargePoints, usePoints } from '../../src/point/move-points.ts'
import { readPointHistory } from '../../src/point/read-points.ts'
import { refusalOf } from '../../test-support/refusal.ts'

const shop = useShop()

test('a retried charge returns the first answer and charges nothing', async () => {
  const call = { memberId: 'mina', amount: 100, idempotencyKey: 'first charge' }
  const first = await chargePoints(shop.em, call)
  await chargePoints(shop.em, { memberId: 'mina', amount: 1 })
  const again = await chargePoints(shop.em, call)
  expect(again.replayed).toBe(true)
  expect(JSON.stringify(again.answer)).toBe(JSON.stringify(first.answer))
  expect(await shop.balance('mina')).toBe(101)
})

test('a retried use returns the first answer, even if the balance no longer covers it', async () => {
  const memberId = await shop.member(100)
  const call = { memberId, amount: 60, idempotencyKey: 'use' }
  const { answer } = await usePoints(shop.em, call)
  expect(await usePoints(shop.em, call)).toEqual({ answer, replayed: true })
  expect(await shop.balance(memberId)).toBe(40)
})

test('calls without a key are independent of each other', async () => {
  const memberId = await shop.member(1)
  await chargePoints(shop.em, { memberId, amount: 5 })
  await chargePoints(shop.em, { memberId, amount: 5 })
  expect(await shop.balance(memberId)).toBe(11)
})

test('two members can use the same key', async () => {
  const [one, other] = [await shop.member(1), await shop.member(1)]
  await chargePoints(shop.em, { memberId: one, amount: 5, idempotencyKey: 'k' })
  expect((await chargePoints(shop.em, { memberId: other, amount: 7, idempotencyKey: 'k' })).replayed).toBe(false)
  expect([await shop.balance(one), await shop.balance(other)]).toEqual([6, 8])
})

test('a key is refused for another amount and for another procedure', async () => {
  const memberId = await shop.member(100)
  await chargePoints(shop.em, { memberId, amount: 5, idempotencyKey: 'k' })
  const reused = { code: 'IDEMPOTENCY_KEY_REUSED' }
  expect(await refusalOf(chargePoints(shop.em, { memberId, amount: 6, idempotencyKey: 'k' }))).toEqual(reused)
  expect(await refusalOf(usePoints(shop.em, { memberId, amount: 5, idempotencyKey: 'k' }))).toEqual(reused)
  expect(await shop.balance(memberId)).toBe(105)
})

test('keys differ if any character differs, including spaces and case', async () => {
  const memberId = await shop.member(1)
  for (const idempotencyKey of ['k', 'K', 'k ', ' k', 'k'.repeat(255), `${'k'.repeat(254)}~`]) {
    expect((await chargePoints(shop.em, { memberId, amount: 1, idempotencyKey })).replayed).toBe(false)
  }
  expect(await shop.balance(memberId)).toBe(7)
})

test('a refused use does not consume its key', async () => {
  const memberId = await shop.member(10)
  const call = { memberId, amount: 11, idempotencyKey: 'k' }
  expect(await refusalOf(usePoints(shop.em, call))).toMatchObject({ code: 'INSUFFICIENT_POINTS' })
  await chargePoints(shop.em, { memberId, amount: 1 })
  expect(await usePoints(shop.em, call)).toEqual({ answer: { memberId, balance: 0 }, replayed: false })
  expect((await readPointHistory(shop.em, { memberId, limit: 100 })).items).toHaveLength(3)
})

test('a first charge that is rolled back leaves neither account nor key', async () => {
  const call = { memberId: 'rolled-back', amount: -1, idempotencyKey: 'k' }
  await expect(chargePoints(shop.em, call)).rejects.toThrow('point_account_balance_check')
  const rows = await shop.em.execute(
    `select member_id from point_account where member_id = 'rolled-back'
     union all select member_id from idempotency_record where member_id = 'rolled-back'`,
  )
  expect(rows).toEqual([])
})
