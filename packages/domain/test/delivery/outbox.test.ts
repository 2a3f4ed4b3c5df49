import { useShop } from '@jumun/test-kit/domain-shop'
import { expect, test } from 'vitest'
import { advanceFeed } from '../../src/feed/advance-feed.ts'
import { trimFeed } from '../../src/feed/trim-feed.ts'
import { writeChanges } from '../../src/feed/write-changes.ts'
import { placeInTransaction } from '../../src/order/place-orders.ts'
import { ageFeed } from '../../test-support/age-feed.ts'
import { anEvent, someEvents, useEventQueue } from './support/events.ts'

const shop = useShop()
const queue = useEventQueue(shop)

const countOrders = async () => {
  const [row] = await shop.em.execute<[{ count: number }]>('select count(*)::int as count from "order"')
  return row.count
}

test('a paid order adds one event, which holds the order as it was returned', async () => {
  const [memberId, productId] = [await shop.member(), await shop.product()]
  const { answer } = await shop.place({ memberId, items: [{ productId, quantity: 2 }] })
  const [job, ...others] = await queue.waiting()
  expect(others).toEqual([])
  expect(job).toMatchObject({ state: 'created', data: { type: 'order.paid', orderId: answer.id, version: 1 } })
  expect(job?.data.order).toEqual(answer)
})

test('an order that is not paid adds no event', async () => {
  const [memberId, productId] = [await shop.member(10), await shop.product()]
  await shop.place({ memberId, items: [{ productId, quantity: 1 }], payment: 'later' })
  await expect(shop.place({ memberId, items: [{ productId, quantity: 1 }] })).rejects.toThrow()
  expect(await queue.waiting()).toEqual([])
})

test('an order that is rolled back adds no event', async () => {
  const [memberId, productId, orders] = [await shop.member(), await shop.product(), await countOrders()]
  const request = { memberId, items: [{ productId, quantity: 1 }], payment: 'now' as const }
  const failing = shop.em.fork().transactional(async (em) => {
    await placeInTransaction(em, [request])
    throw new Error('just before the commit')
  })
  await expect(failing).rejects.toThrow('just before the commit')
  expect(await queue.waiting()).toEqual([])
  expect(await countOrders()).toBe(orders)
})

test('an order is not placed if its event cannot be added', async () => {
  const [memberId, productId, orders] = [await shop.member(), await shop.product(), await countOrders()]
  await shop.em.execute('alter table change add constraint full_disk check (outgoing = 0) not valid')
  try {
    await expect(shop.place({ memberId, items: [{ productId, quantity: 1 }] })).rejects.toThrow('full_disk')
  } finally {
    await shop.em.execute('alter table change drop constraint full_disk')
  }
  expect(await countOrders()).toBe(orders)
  expect(await shop.stock(productId)).toBe(100)
  expect(await shop.balance(memberId)).toBe(1_000_000)
})

test('changes can be written only inside a transaction', async () => {
  const writing = writeChanges(shop.em.fork(), new Date(), [
    { type: 'product.removed', actor: null, data: { productId: 1 } },
  ])
  await expect(writing).rejects.toThrow('Statements run inside a transaction only.')
  expect(await queue.waiting()).toEqual([])
})

test('trimming the feed deletes no undelivered event, even after decades', async () => {
  const [event] = await queue.add(...someEvents(1))
  const letter = anEvent()
  await queue.addDead(letter)
  await advanceFeed(shop.em.fork())
  await ageFeed(shop.em, 40 * 365 + 3)
  await trimFeed(shop.em)
  expect((await queue.waiting()).map(({ id }) => id)).toEqual([event?.id])
  expect((await queue.deadLetters()).map(({ id }) => id)).toEqual([letter.id])
})
