import { pointHistoryPage } from '@jumun/contract'
import { useShop } from '@jumun/test-kit/domain-shop'
import { expect, test } from 'vitest'
import { cancelOrder } from '../../src/order/cancel-order.ts'
import { chargePoints, usePoints } from '../../src/point/move-points.ts'
import { readPointHistory } from '../../src/point/read-points.ts'
import { brokenCursors } from '../../test-support/cursors.ts'
import { refusalOf } from '../../test-support/refusal.ts'

const shop = useShop()

test('each change of a balance has an entry with kind, signed amount, balance and order, newest first', async () => {
  const memberId = await shop.member(10_000)
  await usePoints(shop.em, { memberId, amount: 1 })
  const { answer: order } = await shop.place({ memberId, items: [{ productId: await shop.product(), quantity: 2 }] })
  await cancelOrder(shop.em, { orderId: order.id, mayAccess: () => true })

  const page = pointHistoryPage.parse(await readPointHistory(shop.em, { memberId, limit: 100 }))
  expect(page.items.map(({ id, createdAt, actor, reason, ...entry }) => entry)).toEqual([
    { kind: 'REFUND', amount: 2_000, balanceAfter: 9_999, orderId: order.id },
    { kind: 'PAYMENT', amount: -2_000, balanceAfter: 7_999, orderId: order.id },
    { kind: 'USE', amount: -1, balanceAfter: 9_999, orderId: null },
    { kind: 'CHARGE', amount: 10_000, balanceAfter: 10_000, orderId: null },
  ])
  expect(page.nextCursor).toBeNull()
})

test('an entry says who made it, if not the member, and why; only who may see it gets the actor', async () => {
  const memberId = await shop.member(0)
  const items = [{ productId: await shop.product(), quantity: 2 }]
  await chargePoints(shop.em, { memberId, amount: 9_000, actor: 'operator', reason: 'goodwill' })
  await usePoints(shop.em, { memberId, amount: 1, actor: memberId })
  const { answer: order } = await shop.place({ memberId, items })
  await cancelOrder(shop.em, { orderId: order.id, mayAccess: () => true, actor: 'operator', reason: 'broken' })
  const entries = [
    { kind: 'REFUND', actor: 'operator', reason: 'broken' },
    { kind: 'PAYMENT', actor: null, reason: null },
    { kind: 'USE', actor: null, reason: null },
    { kind: 'CHARGE', actor: 'operator', reason: 'goodwill' },
  ]
  expect((await readPointHistory(shop.em, { memberId, limit: 9 }, true)).items).toMatchObject(entries)
  const hidden = entries.map((entry) => ({ ...entry, actor: null }))
  expect((await readPointHistory(shop.em, { memberId, limit: 9 })).items).toMatchObject(hidden)
})

test('a member without points has an empty history', async () => {
  expect(await readPointHistory(shop.em, { memberId: 'nobody', limit: 1 })).toEqual({ items: [], nextCursor: null })
})

test('pages have no gap and no overlap while entries are added', async () => {
  const memberId = await shop.member(1)
  const other = await shop.member(1)
  for (let amount = 2; amount <= 7; amount++) {
    await chargePoints(shop.em, { memberId, amount })
    await chargePoints(shop.em, { memberId: other, amount })
  }
  const amounts: number[] = []
  let cursor: string | undefined
  do {
    const page = await readPointHistory(shop.em, { memberId, limit: 3, cursor })
    amounts.push(...page.items.map((entry) => entry.amount))
    cursor = page.nextCursor ?? undefined
    await chargePoints(shop.em, { memberId, amount: 1_000 })
  } while (cursor)
  expect(amounts).toEqual([7, 6, 5, 4, 3, 2, 1])
})

test('a full last page has no next cursor', async () => {
  const memberId = await shop.member(1)
  await chargePoints(shop.em, { memberId, amount: 2 })
  expect((await readPointHistory(shop.em, { memberId, limit: 2 })).nextCursor).toBeNull()
  expect((await readPointHistory(shop.em, { memberId, limit: 1 })).nextCursor).not.toBeNull()
})

test.each(brokenCursors)('the invalid cursor %j is refused', async (cursor) => {
  expect(await refusalOf(readPointHistory(shop.em, { memberId: 'mina', limit: 1, cursor }))).toEqual({
    code: 'BAD_REQUEST',
    issues: [{ path: ['cursor'], message: 'is not a cursor of this list' }],
  })
})
