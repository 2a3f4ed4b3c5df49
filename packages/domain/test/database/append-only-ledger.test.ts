import { useShop } from '@jumun/test-kit/domain-shop'
import { expect, test } from 'vitest'
import { chargePoints } from '../../src/point/move-points.ts'
import { readPointHistory } from '../../src/point/read-points.ts'
import { updateProduct } from '../../src/product/write-products.ts'

const shop = useShop()

test.each([
  `update point_entry set amount = amount + 1`,
  `update point_entry set amount = amount where false`,
  `delete from point_entry`,
  `delete from point_entry where false`,
  `truncate point_entry`,
  `truncate point_account cascade`,
  `truncate "order" cascade`,
  `insert into point_entry (id, member_id, kind, amount, balance_after, created_at)
   values (1, 'mina', 'CHARGE', 9, 9, now()) on conflict (id) do update set amount = 9`,
  `merge into point_entry e using point_account a on e.member_id = a.member_id when matched then delete`,
])('the ledger rejects: %s', async (sql) => {
  await chargePoints(shop.em, { memberId: 'mina', amount: 100 })
  const before = await readPointHistory(shop.em, { memberId: 'mina', limit: 100 })
  await expect(shop.em.execute(sql)).rejects.toMatchObject({
    code: '23001',
    message: expect.stringContaining('point_entry is append-only'),
  })
  expect(await readPointHistory(shop.em, { memberId: 'mina', limit: 100 })).toEqual(before)
})

test.each([
  'update stock_adjustment set reason = null',
  'delete from stock_adjustment where false',
  'truncate stock_adjustment',
  'truncate product cascade',
])('the adjustments of stocks reject: %s', async (sql) => {
  await updateProduct(shop.em, { productId: await shop.product(), stockDelta: 1 })
  await expect(shop.em.execute(sql)).rejects.toMatchObject({
    code: '23001',
    message: expect.stringContaining('stock_adjustment is append-only'),
  })
})

test('the ledger accepts new entries', async () => {
  const memberId = await shop.member(1)
  await chargePoints(shop.em, { memberId, amount: 2 })
  expect((await readPointHistory(shop.em, { memberId, limit: 100 })).items).toHaveLength(2)
})
