import { useShop } from '@jumun/test-kit/domain-shop'
import { expect, test } from 'vitest'
import { purgeExpiredKeys } from '../../src/idempotency/purge-expired-keys.ts'
import { chargePoints } from '../../src/point/move-points.ts'

const shop = useShop()

test('a key is kept for at least 24 hours and purged later', async () => {
  const memberId = await shop.member()
  for (const key of ['old', 'recent']) await chargePoints(shop.em, { memberId, amount: 1, idempotencyKey: key })
  await age('old', '26 hours')
  await age('recent', '24 hours')
  expect(await purgeExpiredKeys(shop.em)).toBe(1)
  expect(await chargePoints(shop.em, { memberId, amount: 1, idempotencyKey: 'recent' })).toMatchObject({
    replayed: true,
  })
  expect(await chargePoints(shop.em, { memberId, amount: 1, idempotencyKey: 'old' })).toMatchObject({ replayed: false })
})

async function age(key: string, by: string): Promise<void> {
  await shop.em.execute(`update idempotency_record set created_at = created_at - ?::interval where key = ?`, [by, key])
}
