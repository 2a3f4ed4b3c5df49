import { orderPage } from '@jumun/contract'
import { useShop } from '@jumun/test-kit/domain-shop'
import { expect, test } from 'vitest'
import { listOrders, readOrder } from '../../src/order/read-orders.ts'
import { brokenCursors, cursorOf } from '../../test-support/cursors.ts'
import { refusalOf } from '../../test-support/refusal.ts'

const shop = useShop()

test('an order that does not exist is not found', async () => {
  const orderId = '019310a4-6f00-7000-8000-000000000001'
  expect(await refusalOf(readOrder(shop.em, orderId))).toEqual({ code: 'ORDER_NOT_FOUND', orderId })
})

test('pages list orders newest first, without gap or overlap, while others are placed', async () => {
  const [memberId, other] = [await shop.member(), await shop.member()]
  const [tea, jam] = [await shop.product(), await shop.product()]
  const items = [
    { productId: tea, quantity: 1 },
    { productId: jam, quantity: 2 },
  ]
  const placed = []
  for (const payment of ['now', 'later', 'now', 'now', 'later', 'now', 'now'] as const) {
    placed.unshift((await shop.place({ memberId, items, payment })).answer)
    await shop.place({ memberId: other, items })
  }
  const pages = []
  let cursor: string | undefined
  do {
    const page = orderPage.parse(await listOrders(shop.em, { memberId, limit: 3, cursor }))
    pages.push(page.items)
    cursor = page.nextCursor ?? undefined
    await shop.place({ memberId, items })
  } while (cursor)
  expect(pages.map((page) => page.length)).toEqual([3, 3, 1])
  expect(pages.flat()).toEqual(placed)
})

test('a full last page has no next cursor', async () => {
  const memberId = await shop.member()
  const productId = await shop.product()
  for (let count = 0; count < 2; count++) await shop.place({ memberId, items: [{ productId, quantity: 1 }] })
  expect((await listOrders(shop.em, { memberId, limit: 2 })).nextCursor).toBeNull()
  expect((await listOrders(shop.em, { memberId, limit: 1 })).nextCursor).not.toBeNull()
})

test('a member without orders has an empty list', async () => {
  expect(await listOrders(shop.em, { memberId: 'nobody', limit: 1 })).toEqual({ items: [], nextCursor: null })
})

const notUuids = brokenCursors.filter((cursor) => cursor !== cursorOf('"00000000-0000-0000-0000-000000000000"'))

test.each([...notUuids, cursorOf('1')])('the broken cursor %j is refused', async (cursor) => {
  expect(await refusalOf(listOrders(shop.em, { memberId: 'mina', limit: 1, cursor }))).toMatchObject({
    code: 'BAD_REQUEST',
    issues: [{ path: ['cursor'] }],
  })
})
