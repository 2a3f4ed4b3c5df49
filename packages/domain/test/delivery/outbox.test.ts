import { useShop } from '@jumun/test-kit/domain-shop'
import { expect, test } from 'vitest'
import { addToOutbox, DEAD_LETTERS, OUTBOX } from '../../src/delivery/outbox.ts'
import { placeInTransaction } from '../../src/order/place-orders.ts'
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
  expect(job?.id).toBe(job?.data.id)
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
  await shop.em.execute('alter table pgboss.job_common add constraint full_disk check (false) not valid')
  try {
    await expect(shop.place({ memberId, items: [{ productId, quantity: 1 }] })).rejects.toThrow('full_disk')
  } finally {
    await shop.em.execute('alter table pgboss.job_common drop constraint full_disk')
  }
  expect(await countOrders()).toBe(orders)
  expect(await shop.stock(productId)).toBe(100)
  expect(await shop.balance(memberId)).toBe(1_000_000)
})

test('events can be added only inside a transaction', async () => {
  const adding = addToOutbox(shop.em.fork(), [anEvent()])
  await expect(adding).rejects.toThrow('Events are added to the outbox inside a transaction only.')
  expect(await queue.waiting()).toEqual([])
})

test('maintenance deletes no undelivered event, even after decades', async () => {
  const [waiting, failing] = await queue.add(...someEvents(2))
  const letter = anEvent()
  await shop.outbox.insert(DEAD_LETTERS, [{ id: letter.id, data: letter }])
  const [claimed] = await shop.outbox.fetch(OUTBOX)
  await shop.outbox.fail(OUTBOX, claimed?.id ?? '', { reason: 'No.' })
  const past = ['start_after', 'created_on', 'started_on', 'keep_until'].map(
    (at) => `${at} = ${at} - interval '40 years'`,
  )
  await shop.em.execute(`update pgboss.job set ${past}`)
  await shop.em.execute('update pgboss.queue set maintain_on = null')

  await shop.outbox.supervise()
  const [row] = await shop.em.execute('select count(maintain_on)::int as passes from pgboss.queue')
  expect(row).toEqual({ passes: 2 })
  expect((await queue.waiting()).map(({ id }) => id)).toEqual([waiting?.id, failing?.id])
  expect((await queue.deadLetters()).map(({ id }) => id)).toEqual([letter.id])
})

test('a dead letter whose replay failed is kept', async () => {
  const letter = anEvent()
  await shop.outbox.insert(DEAD_LETTERS, [{ id: letter.id, data: letter, retryLimit: 0 }])
  await shop.outbox.fail(DEAD_LETTERS, letter.id, { reason: 'Not redriven.' })
  await shop.em.execute(`update pgboss.job set completed_on = completed_on - interval '40 years'`)
  await shop.em.execute('update pgboss.queue set maintain_on = null')
  await shop.outbox.supervise()
  expect(await queue.deadLetters()).toMatchObject([{ id: letter.id, state: 'failed' }])
})

test('retries of a failing event are jittered and at most 10 seconds apart', async () => {
  // The server computes each delay between the two readings of the clock, whatever the load of the machine.
  const longest: number[] = []
  const shortest: number[] = []
  await queue.add(...someEvents(50))
  for (let attempt = 0; attempt < 6; attempt++) {
    const jobs = await shop.outbox.fetch(OUTBOX, { batchSize: 50 })
    const before = Date.now()
    await shop.outbox.fail(OUTBOX, jobs, { reason: 'No.' })
    const after = Date.now()
    const dueTimes = (await queue.waiting()).map(({ startAfter }) => startAfter.getTime())
    if (attempt === 0) expect(new Set(dueTimes).size).toBeGreaterThan(25)
    longest.push(...dueTimes.map((due) => due - before))
    shortest.push(...dueTimes.map((due) => due - after))
    await queue.makeDue()
  }
  expect(longest).toHaveLength(300)
  expect(Math.min(...longest)).toBeGreaterThan(900)
  expect(Math.max(...shortest)).toBeLessThan(11_000)
})
