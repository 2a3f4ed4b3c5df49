import { useShop } from '@jumun/test-kit/domain-shop'
import { brokenInvariants } from '@jumun/test-kit/invariants'
import { inParallel, tally } from '@jumun/test-kit/parallel'
import { expect, test, vi } from 'vitest'
import { openPatientQueue } from '../../test-support/patient-queue.ts'

// A busy machine must not fail it.
vi.setConfig({ testTimeout: 300_000 })
const shop = useShop({ poolSize: 20 })

const BUYERS = 500

/** 500 members with points of their own. */
async function buyers(): Promise<string[]> {
  const prefix = crypto.randomUUID()
  await shop.em.execute(
    `with accounts as (
       insert into point_account (member_id, balance) select ? || i, 5000 from generate_series(1, ?) i
         returning member_id, balance)
     insert into point_entry (member_id, kind, amount, balance_after, created_at)
       select member_id, 'CHARGE', balance, balance, now() from accounts`,
    [prefix, BUYERS],
  )
  return Array.from({ length: BUYERS }, (_, index) => `${prefix}${index + 1}`)
}

async function expectSoldOnce(productId: number): Promise<void> {
  expect(await shop.stock(productId)).toBe(0)
  const sold = await shop.em.execute('select quantity from order_line where product_id = ?', [productId])
  expect(sold).toEqual([{ quantity: 1 }])
  expect(await brokenInvariants(shop.em)).toEqual({})
}

test('500 buyers of the last unit buy it once through the queue', async () => {
  const productId = await shop.product({ stock: 1 })
  const members = await buyers()
  const queue = openPatientQueue(shop)
  const results = await inParallel(BUYERS, (index) =>
    queue.place({ memberId: members[index] ?? '', items: [{ productId, quantity: 1 }], payment: 'now' }),
  )
  expect(tally(results)).toEqual({ fulfilled: 1, OUT_OF_STOCK: BUYERS - 1 })
  await expectSoldOnce(productId)
})

test('500 buyers of the last unit buy it once, each in a transaction of its own over 20 connections', async () => {
  const productId = await shop.product({ stock: 1 })
  const members = await buyers()
  const results = await inParallel(BUYERS, (index) =>
    shop.place({ memberId: members[index] ?? '', items: [{ productId, quantity: 1 }] }),
  )
  expect(tally(results)).toEqual({ fulfilled: 1, OUT_OF_STOCK: BUYERS - 1 })
  await expectSoldOnce(productId)
})

test('200 buyers of 100 units buy exactly 100, in portions of 1 to 3', async () => {
  const productId = await shop.product({ stock: 100 })
  const members = await buyers()
  const results = await inParallel(200, (index) =>
    shop.place({ memberId: members[index] ?? '', items: [{ productId, quantity: 1 + (index % 3) }] }),
  )
  expect(Object.keys(tally(results)).toSorted()).toEqual(['OUT_OF_STOCK', 'fulfilled'])
  expect(await shop.stock(productId)).toBe(0)
  expect(await brokenInvariants(shop.em)).toEqual({})
})
