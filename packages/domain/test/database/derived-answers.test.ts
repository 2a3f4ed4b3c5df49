import { useShop } from '@jumun/test-kit/domain-shop'
import { expect, test } from 'vitest'
import { migrateDatabase } from '../../src/database/migrate.ts'
import { revertMigrations } from '../../src/database/revert-migrations.ts'
import { DEFAULT_SCHEMA } from '../../src/database/schema.ts'
import { payOrder } from '../../src/order/pay-order.ts'

const shop = useShop()

test('going back stores the answers that followed from the orders, and retries get them then as well', async () => {
  const [memberId, productId] = [await shop.member(), await shop.product({ name: '차 "tea"' })]
  const place = (payment: 'now' | 'later') =>
    shop.place({ memberId, items: [{ productId, quantity: 2 }], payment, idempotencyKey: payment })
  const [now, later] = [await place('now'), await place('later')]
  await payOrder(shop.em, { orderId: later.answer.id, mayAccess: () => true })

  await revertMigrations(shop.url, DEFAULT_SCHEMA, ['2026-12-03-derived-answers'])
  const stored = await shop.em.execute<{ key: string; answer: unknown }[]>(
    'select key, answer from idempotency_record order by key desc',
  )
  expect(JSON.stringify(stored.map(({ answer }) => answer))).toBe(JSON.stringify([now.answer, later.answer]))
  await migrateDatabase(shop.url)
  expect([await place('now'), await place('later')]).toEqual([
    { answer: now.answer, replayed: true },
    { answer: later.answer, replayed: true },
  ])
})
