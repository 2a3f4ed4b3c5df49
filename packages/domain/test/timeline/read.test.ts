import { randomUUIDv7 } from 'node:crypto'
import { useShop } from '@jumun/test-kit/domain-shop'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { HttpResponse } from 'msw'
import { expect, test } from 'vitest'
import { deliverBatch } from '../../src/delivery/deliver-batch.ts'
import { replayEvents } from '../../src/delivery/replay-events.ts'
import { cancelOrder } from '../../src/order/cancel-order.ts'
import { expireOrders } from '../../src/order/expire-orders.ts'
import { payOrder } from '../../src/order/pay-order.ts'
import { readTimeline } from '../../src/timeline/read-timeline.ts'
import { refusalOf } from '../../test-support/refusal.ts'
import { useDataPlatform } from '../delivery/support/data-platform.ts'

const shop = useShop()
const platform = useDataPlatform()

const deliver = () => deliverBatch({ em: shop.em, platform })
const read = (orderId: string) => readTimeline(shop.em, platform, orderId)
const mayAccess = () => true

async function placed(payment: 'now' | 'later') {
  const items = [
    { productId: await shop.product({ price: 500 }), quantity: 2 },
    { productId: await shop.product({ price: 300 }), quantity: 1 },
  ]
  return (await shop.place({ memberId: await shop.member(10_000), items, payment })).answer
}

test('an order that was paid later and cancelled has each step, and the entries of the ledger', async () => {
  const { id, createdAt } = await placed('later')
  const { answer: paid } = await payOrder(shop.em, { orderId: id, mayAccess, actor: 'clerk' })
  const reason = 'Sent back.'
  const { answer: cancelled } = await cancelOrder(shop.em, { orderId: id, mayAccess, actor: 'boss', reason })
  const { order, steps } = await read(id)
  expect(order).toEqual(cancelled)
  const none = { actor: null, reason: null, units: null, entry: null }
  const [taken, returned] = [-1_300, 1_300]
  const entry = (kind: string, amount: number, balanceAfter: number) => {
    return { id: expect.any(Number), kind, amount, balanceAfter }
  }
  const [at, paidAt, endedAt] = [createdAt, paid.paidAt, cancelled.cancelledAt]
  expect(steps).toEqual([
    { ...none, at, type: 'placed' },
    { ...none, at, type: 'stockHeld', units: 3 },
    { ...none, at: paidAt, type: 'pointsTaken', actor: 'clerk', entry: entry('PAYMENT', taken, 8_700) },
    { ...none, at: paidAt, type: 'paid', actor: 'clerk' },
    { ...none, at: endedAt, type: 'cancelled', actor: 'boss', reason },
    { ...none, at: endedAt, type: 'pointsReturned', actor: 'boss', reason, entry: entry('REFUND', returned, 10_000) },
    { ...none, at: endedAt, type: 'stockReturned', actor: 'boss', units: 3 },
  ])
})

test('an order that expired was never paid, and the platform has nothing to know of it', async () => {
  const { id } = await placed('later')
  await shop.em.execute(`update "order" set expires_at = now() - interval '1 minute' where id = ?`, [id])
  await expireOrders(shop.em)
  const { steps, events, platform } = await read(id)
  expect(steps.map(({ type }) => type)).toEqual(['placed', 'stockHeld', 'expired', 'stockReturned'])
  expect(events).toEqual([])
  expect(platform).toEqual({ state: 'missing', version: null, reason: null })
})

test('an event waits, is retried, dies, is replayed and delivered', async () => {
  const { id } = await placed('now')
  const [waiting] = (await read(id)).events
  const event = { id: waiting?.id, type: 'order.paid', version: 1, nextAttemptAt: null, reason: null }
  expect(waiting).toEqual({ ...event, id: expect.any(String), state: 'waiting', attempts: 0 })

  const reason = 'This fault was asked for: see /faults.'
  await platform.setFaults({ rejectRate: 1 })
  await deliver()
  const retried = { ...event, state: 'waiting', attempts: 1, reason, nextAttemptAt: expect.any(String) }
  expect(await read(id)).toMatchObject({ events: [retried], platform: { state: 'missing' } })
  await shop.em.execute('update undelivered_event set due_at = null where order_id = ?', [id])
  expect((await read(id)).events).toEqual([{ ...event, state: 'dead', attempts: 1, reason }])

  await platform.recover()
  await replayEvents(shop.em, { ids: [waiting?.id ?? ''] })
  await deliver()
  const { events, platform: theirs } = await read(id)
  expect(events).toEqual([{ ...event, state: 'delivered', attempts: null }])
  expect(theirs).toEqual({ state: 'same', version: 1, reason: null })
})

test('a delivered payment stands before a cancellation that waits, and the platform is behind', async () => {
  const { id } = await placed('now')
  await deliver()
  await cancelOrder(shop.em, { orderId: id, mayAccess })
  expect(await read(id)).toMatchObject({
    events: [
      { type: 'order.paid', version: 1, state: 'delivered' },
      { type: 'order.cancelled', version: 2, state: 'waiting', id: expect.any(String) },
    ],
    platform: { state: 'older', version: 1 },
  })
})

test('other events of the same transaction are not those of the order', async () => {
  const [one, other] = [await placed('now'), await placed('now')]
  const [event] = (await read(one.id)).events
  const [another] = (await read(other.id)).events
  expect((await read(one.id)).events).toHaveLength(1)
  expect(event?.id).not.toBe(another?.id)
})

test.each([
  [{ version: 2, type: 'order.paid' }, 'newer'],
  [{ version: 1, type: 'order.cancelled' }, 'newer'],
  [{ version: 1, type: 'order.paid' }, 'same'],
  [{ version: 0, type: 'order.paid' }, 'older'],
])('a platform that has %j of a paid order is %s', async (theirs, state) => {
  const { id } = await placed('now')
  platform.answerOrder(() => HttpResponse.json({ orderId: id, ...theirs }))
  expect((await read(id)).platform).toEqual({ state, version: theirs.version, reason: null })
})

test('a platform that cannot be reached, or answers nonsense, fails no call', async () => {
  const { id } = await placed('now')
  for (const [answer, reason] of [
    [() => HttpResponse.error(), 'The data platform could not be reached.'],
    [() => new HttpResponse(null, { status: 500 }), 'The data platform answered 500.'],
    [() => HttpResponse.json({ version: 'one' }), 'The data platform gave an answer that is not one.'],
    [() => new HttpResponse('x'.repeat(600_000)), 'The data platform gave an answer that is not one.'],
  ] as const) {
    platform.answerOrder(answer)
    const { order, platform: theirs } = await read(id)
    expect(order.id).toBe(id)
    expect(theirs).toEqual({ state: 'unreachable', version: null, reason })
  }
})

test('a platform that does not answer is given up', { timeout: scaleByLoad(30_000) }, async () => {
  const { id } = await placed('now')
  platform.answerOrder(() => new Promise<never>(() => {}))
  expect((await read(id)).platform).toMatchObject({
    state: 'unreachable',
    reason: 'The data platform did not answer in time.',
  })
})

test('an unknown order is refused', async () => {
  const orderId = randomUUIDv7()
  expect(await refusalOf(read(orderId))).toEqual({ code: 'ORDER_NOT_FOUND', orderId })
})
