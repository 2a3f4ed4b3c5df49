import { useShop } from '@jumun/test-kit/domain-shop'
import { expect, test } from 'vitest'
import { acknowledgeEvents } from '../../src/delivery/acknowledge-events.ts'
import { type ClaimedEvent, claimEvents } from '../../src/delivery/claim-events.ts'
import { REJECTIONS_MAX, retryEvents } from '../../src/delivery/retry-events.ts'
import { anEvent, someEvents, useEventQueue } from './support/events.ts'

const shop = useShop()
const queue = useEventQueue(shop)

const take = () => claimEvents(shop.outbox, 10)

/** Lets the claims on all held events run out, and has the maintenance free them. */
async function expireClaims() {
  await shop.em.execute(`update pgboss.job set started_on = started_on - interval '11 seconds'`)
  await shop.em.execute('update pgboss.queue set monitor_claim_on = null, monitor_on = null')
  await shop.outbox.supervise()
  expect((await queue.waiting()).map(({ state }) => state)).not.toContain('active')
  await queue.makeDue()
}

/** Events that one relay held too long and another one has taken over. */
async function takeTwice(): Promise<{ late: ClaimedEvent[]; current: ClaimedEvent[] }> {
  await queue.add(...someEvents(3))
  const late = await take()
  await expireClaims()
  const current = await take()
  expect(current.map(({ id }) => id).sort()).toEqual(late.map(({ id }) => id).sort())
  return { late, current }
}

const failed = (event: ClaimedEvent) => ({ event, reason: 'No.', rejected: false })

test('a claim that is held for ten seconds is not freed before', async () => {
  await queue.add(anEvent())
  await take()
  await shop.em.execute(`update pgboss.job set started_on = started_on - interval '9 seconds'`)
  await shop.em.execute('update pgboss.queue set monitor_claim_on = null, monitor_on = null')
  await shop.outbox.supervise()
  expect(await queue.waiting()).toMatchObject([{ state: 'active' }])
})

test('a relay that is late gives nothing away that another one holds', async () => {
  const { late, current } = await takeTwice()
  await retryEvents(shop.outbox, late.map(failed))
  expect(await queue.waiting()).toMatchObject(current.map(() => ({ state: 'active' })))
  await acknowledgeEvents(shop.outbox, current)
  expect(await queue.waiting()).toEqual([])
})

test('a relay that is late may still tell what the platform has taken', async () => {
  const { late, current } = await takeTwice()
  await acknowledgeEvents(shop.outbox, late)
  expect(await queue.waiting()).toEqual([])
  await retryEvents(shop.outbox, current.map(failed))
  expect(await queue.waiting()).toEqual([])
})

test('an event that was given back is nobody’s, and cannot be given back again', async () => {
  await queue.add(anEvent())
  const events = await take()
  await retryEvents(shop.outbox, events.map(failed))
  const [before] = await queue.waiting()
  await retryEvents(shop.outbox, events.map(failed))
  expect(await queue.waiting()).toEqual([before])
})

test('a process that dies between the two steps of a burial loses nothing', async () => {
  const [event] = await queue.add(anEvent())
  const bury = async () =>
    retryEvents(
      shop.outbox,
      (await take()).map((taken) => ({ ...failed({ ...taken, rejections: REJECTIONS_MAX - 1 }), rejected: true })),
    )
  await shop.em.execute('create rule no_delete as on delete to pgboss.job_common do instead nothing')
  await expect(bury()).rejects.toThrow('DELETE')
  await shop.em.execute('drop rule no_delete on pgboss.job_common')
  expect(await queue.waiting()).toMatchObject([{ id: event?.id, state: 'active' }])
  expect(await queue.deadLetters()).toMatchObject([{ id: event?.id }])

  await expireClaims()
  await bury()
  expect(await queue.waiting()).toEqual([])
  expect(await queue.deadLetters()).toMatchObject([{ id: event?.id }])
})
