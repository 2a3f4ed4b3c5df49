import type { OrderDifference, ReconcileInput } from '@jumun/contract'
import { useShop } from '@jumun/test-kit/domain-shop'
import { HttpResponse } from 'msw'
import { beforeEach, expect, test } from 'vitest'
import { deliverBatch } from '../../src/delivery/deliver-batch.ts'
import { reconcileOrders } from '../../src/delivery/reconcile-orders.ts'
import { cancelOrder } from '../../src/order/cancel-order.ts'
import { readOrder } from '../../src/order/read-orders.ts'
import { brokenCursors } from '../../test-support/cursors.ts'
import { refusalOf } from '../../test-support/refusal.ts'
import { useDataPlatform } from './support/data-platform.ts'
import { anEvent, useEventQueue } from './support/events.ts'

const shop = useShop({ poolSize: 12 })
const queue = useEventQueue(shop)
const platform = useDataPlatform()

let productId: number
let memberId: string
beforeEach(async () => {
  // Each test sees only the orders that it places.
  await shop.em.execute(`set session_replication_role = replica; delete from "order"; delete from order_line;
    set session_replication_role = origin`)
  productId = await shop.product({ price: 10, stock: 10_000 })
  memberId = await shop.member()
})

async function order(payment: 'now' | 'later' = 'now'): Promise<string> {
  return (await shop.place({ memberId, items: [{ productId, quantity: 1 }], payment })).answer.id
}
const cancel = (orderId: string) => cancelOrder(shop.em, { orderId, mayAccess: () => true })
const deliver = () => deliverBatch({ em: shop.em, platform })
const dropEvents = () => shop.em.execute('update change set outgoing = 0')

/** Loses the events of orders that the relay has not read yet. */
const loseEvents = (...orderIds: string[]) =>
  shop.em.execute(`update change set outgoing = 0 where events->0->'data'->'order'->>'id' in (?)`, [orderIds])
const comparePage = (input: Partial<ReconcileInput> = {}) =>
  reconcileOrders(shop.em, platform, { limit: 500, graceSeconds: 0, dryRun: false, ...input })

/** Compares all pages. */
async function reconcile(input: Partial<ReconcileInput> = {}) {
  const all = { compared: 0, calls: 0, differences: [] as OrderDifference[] }
  let cursor: string | null | undefined
  do {
    const found = await comparePage({ ...input, ...(cursor && { cursor }) })
    all.compared += found.compared
    all.calls++
    all.differences.push(...found.differences)
    cursor = found.nextCursor
  } while (cursor !== null)
  return all
}

test('if every event arrived, there are no differences and nothing is sent', async () => {
  const [, cancelled] = [await order(), await order(), await order('later')]
  await cancel(cancelled)
  await deliver()
  expect(await reconcile()).toEqual({ compared: 2, calls: 1, differences: [] })
  expect(await queue.waiting()).toEqual([])
})

test('orders that are missing or outdated at the platform are sent again in their current state', async () => {
  const [missing, behind] = [await order(), await order()]
  await loseEvents(missing)
  await deliver()
  await cancel(behind)
  await dropEvents()
  expect((await reconcile()).differences).toEqual([
    { orderId: missing, finding: 'missing', version: 1, platformVersion: null, action: 'resent' },
    { orderId: behind, finding: 'behind', version: 2, platformVersion: 1, action: 'resent' },
  ])
  expect(await deliver()).toMatchObject({ delivered: 2, failed: 0 })
  for (const [id, type, version] of [
    [missing, 'order.paid', 1],
    [behind, 'order.cancelled', 2],
  ] as const)
    expect(platform.storage.findOrder(id)).toMatchObject({ type, version, order: await readOrder(shop.em, id) })
  expect((await reconcile()).differences).toEqual([])
})

test('concurrent reconciliations add no second event for an order that has a waiting event or a dead letter', async () => {
  const [waiting, dead, lost] = [await order(), await order(), await order()]
  const [deadEvent] = (await queue.waiting()).filter(({ data }) => data.orderId === dead)
  await queue.addDead(deadEvent?.data ?? expect.unreachable())
  await loseEvents(lost, dead)
  // The lock makes all of them compare before one of them can write.
  const other = shop.em.fork()
  await other.begin()
  await other.execute('lock table undelivered_event in share mode')
  const reconciling = Promise.all(Array.from({ length: 8 }, () => reconcile()))
  const waitingForLocks = async () => {
    const [row] = await shop.em.execute<[{ count: number }]>(
      `select count(*)::int as count from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    )
    return row.count
  }
  await expect.poll(waitingForLocks).toBe(8)
  await other.rollback()
  const found = await reconciling
  const actions = found.map(({ differences }) =>
    Object.fromEntries(differences.map((one) => [one.orderId, one.action])),
  )
  for (const action of actions) expect(action).toMatchObject({ [waiting]: 'waiting', [dead]: 'dead' })
  expect(actions.map((action) => action[lost]).toSorted()).toEqual(['resent', ...Array(7).fill('waiting')])
  expect((await queue.waiting()).map(({ data }) => data.orderId).toSorted()).toEqual([waiting, lost].toSorted())
  expect((await queue.deadLetters()).map(({ data }) => data.orderId)).toEqual([dead])
})

test('a waiting event with an older version does not count as the newer one', async () => {
  const id = await order()
  const [paid] = await queue.waiting()
  await cancel(id)
  await dropEvents()
  await queue.add(paid?.data ?? expect.unreachable())
  expect((await reconcile()).differences).toMatchObject([{ orderId: id, finding: 'missing', action: 'resent' }])
})

test('a dry run reports differences and sends nothing', async () => {
  const id = await order()
  await dropEvents()
  const difference = { orderId: id, finding: 'missing', version: 1, platformVersion: null, action: 'none' }
  expect((await reconcile({ dryRun: true })).differences).toEqual([difference])
  expect(await queue.waiting()).toEqual([])
})

test('an order that changed within the grace period is not reported, because its event may be under way', async () => {
  await order()
  await dropEvents()
  expect(await comparePage({ graceSeconds: 60 })).toMatchObject({
    compared: 1,
    fresh: 1,
    differences: [],
    nextCursor: null,
  })
  await shop.em.execute(`update "order" set paid_at = paid_at - interval '61 s'`)
  expect(await comparePage({ graceSeconds: 60 })).toMatchObject({ fresh: 0, differences: [{ finding: 'missing' }] })
})

test('only the first page reports the number of paid orders', async () => {
  const [, , cancelled] = [await order(), await order('later'), await order()]
  await cancel(cancelled)
  const first = await comparePage({ limit: 1 })
  expect(first).toMatchObject({ compared: 1, total: 2, nextCursor: expect.any(String) })
  expect(await comparePage({ limit: 1, cursor: first.nextCursor ?? '' })).not.toHaveProperty('total')
})

test('orders that only the platform has, or has in a newer version, are reported', async () => {
  const [known, ahead, pending] = [await order(), await order(), await order('later')]
  await deliver()
  const stray = anEvent()
  await queue.add(
    stray,
    anEvent({ orderId: 'bad' }),
    anEvent({ orderId: 'zzz' }),
    anEvent({ orderId: ahead, version: 7 }),
    anEvent({ orderId: pending }),
  )
  await deliver()
  const found = await reconcile({ limit: 2 })
  expect(found.compared).toBe(2)
  const byOrder = Object.fromEntries(found.differences.map((one) => [one.orderId, one]))
  const unknown = { finding: 'unknown', version: null, platformVersion: 1, action: 'none' }
  expect(byOrder).toEqual({
    [ahead]: { orderId: ahead, finding: 'ahead', version: 1, platformVersion: 7, action: 'none' },
    [pending]: { orderId: pending, ...unknown },
    [stray.orderId]: { orderId: stray.orderId, ...unknown },
    bad: { orderId: 'bad', ...unknown },
    zzz: { orderId: 'zzz', ...unknown },
  })
  expect(byOrder[known]).toBeUndefined()
})

test.each([1, 2, 3, 7])('pages of %d skip no order and repeat none', async (limit) => {
  const ids: string[] = []
  for (let count = 0; count < 12; count++) ids.push(await order())
  const lost = ids.filter((_, index) => index % 3 === 1 || index > 8)
  await loseEvents(...lost)
  const strays = await queue.add(anEvent(), anEvent({ orderId: '-' }), anEvent({ orderId: 'Zebra' }))
  await deliver()
  const { compared, differences } = await reconcile({ limit, dryRun: true })
  expect(compared).toBe(12)
  const found = (finding: string) => differences.filter((one) => one.finding === finding).map(({ orderId }) => orderId)
  expect(found('missing')).toEqual(lost)
  expect(found('unknown').toSorted()).toEqual(strays.map(({ orderId }) => orderId).toSorted())
})

test('while the platform gives no valid answer, no difference is reported', async () => {
  await order()
  await dropEvents()
  const answers: Record<string, () => Response> = {
    'could not be reached': () => HttpResponse.error(),
    'answered 500': () => new HttpResponse(null, { status: 500 }),
    'answered 307': () => new HttpResponse(null, { status: 307, headers: { location: 'http://127.0.0.1:9/' } }),
    'an answer that is not one': () => HttpResponse.text('<html>'),
    'is not one': () => HttpResponse.json({ items: [{ orderId: 'a b', version: 1, type: 'x' }], nextAfter: null }),
    'in their order': () => HttpResponse.json({ items: [], nextAfter: 'a' }),
    'not list its orders': () =>
      HttpResponse.json({ items: ['b', 'a'].map((orderId) => ({ orderId, version: 1, type: 'x' })), nextAfter: null }),
  }
  for (const [reason, answer] of Object.entries(answers)) {
    platform.answerList(answer)
    const refused = comparePage()
    expect(await refusalOf(refused)).toMatchObject({ code: 'UNAVAILABLE' })
    await expect(refused).rejects.toThrow(reason)
  }
  expect(await queue.waiting()).toEqual([])
})

test('a reconciliation fails when the platform does not answer within its timeout', async () => {
  platform.answerList(async () => new Promise<Response>(() => {}))
  const refused = reconcileOrders(
    shop.em,
    { ...platform, timeoutMs: 100 },
    {
      limit: 1,
      graceSeconds: 0,
      dryRun: true,
    },
  )
  await expect(refused).rejects.toThrow('The data platform did not answer in time.')
})

test.each(brokenCursors)('%j is refused as a cursor of a reconciliation', async (cursor) => {
  expect(await refusalOf(comparePage({ cursor }))).toMatchObject({ code: 'BAD_REQUEST' })
})
