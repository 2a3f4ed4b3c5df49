import { useShop } from '@jumun/test-kit/domain-shop'
import { brokenInvariants } from '@jumun/test-kit/invariants'
import { inParallel, tally } from '@jumun/test-kit/parallel'
import { expect, test, vi } from 'vitest'
import { openQueueWithoutTimeout } from '../../test-support/queue-without-timeout.ts'

// Ends only a test that hangs; a busy machine needs far less.
vi.setConfig({ testTimeout: 300_000 })
const shop = useShop({ poolSize: 20 })

const BUYERS = 500

/** Creates 500 members with 5,000 points each and returns their ids. */
async function createBuyers(): Promise<string[]> {
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

test('500 concurrent orders of the last unit sell it once through the queue', async () => {
  const productId = await shop.product({ stock: 1 })
  const members = await createBuyers()
  const queue = openQueueWithoutTimeout(shop)
  const results = await inParallel(BUYERS, (index) =>
    queue.place({ memberId: members[index] ?? '', items: [{ productId, quantity: 1 }], payment: 'now' }),
  )
  expect(tally(results)).toEqual({ fulfilled: 1, OUT_OF_STOCK: BUYERS - 1 })
  await expectSoldOnce(productId)
})

test('500 concurrent orders of the last unit sell it once, each in its own transaction over 20 connections', async () => {
  const productId = await shop.product({ stock: 1 })
  const members = await createBuyers()
  const results = await inParallel(BUYERS, (index) =>
    shop.place({ memberId: members[index] ?? '', items: [{ productId, quantity: 1 }] }),
  )
  expect(tally(results)).toEqual({ fulfilled: 1, OUT_OF_STOCK: BUYERS - 1 })
  await expectSoldOnce(productId)
})

test('200 concurrent orders of 1 to 3 units each sell a stock of 100 units exactly', async () => {
  const productId = await shop.product({ stock: 100 })
  const members = await createBuyers()
  const results = await inParallel(200, (index) =>
    shop.place({ memberId: members[index] ?? '', items: [{ productId, quantity: 1 + (index % 3) }] }),
  )
  expect(Object.keys(tally(results)).toSorted()).toEqual(['OUT_OF_STOCK', 'fulfilled'])
  expect(await shop.stock(productId)).toBe(0)
  expect(await brokenInvariants(shop.em)).toEqual({})
})
