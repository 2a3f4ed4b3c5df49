import { useShop } from '@jumun/test-kit/domain-shop'
import { expect, test } from 'vitest'
import { acknowledgeEvents } from '../../src/delivery/acknowledge-events.ts'
import { type ClaimedEvent, claimEvents } from '../../src/delivery/claim-events.ts'
import { REJECTIONS_MAX, retryEvents } from '../../src/delivery/retry-events.ts'
import { anEvent, someEvents, useEventQueue } from './support/events.ts'

const shop = useShop()
const queue = useEventQueue(shop)

const claim = () => claimEvents(10)

/** Ends the leases of all claimed events and runs the maintenance, which frees them. */
async function expireClaims() {
  await shop.em.execute(`update pgboss.job set started_on = started_on - interval '11 seconds'`)
  await shop.em.execute('update pgboss.queue set monitor_claim_on = null, monitor_on = null')
  await shop.outbox.supervise()
  expect((await queue.waiting()).map(({ state }) => state)).not.toContain('active')
  await queue.makeDue()
}

/** Adds events whose claims by one relay expired and that another relay has claimed since. */
async function claimTwice(): Promise<{ late: ClaimedEvent[]; current: ClaimedEvent[] }> {
  await queue.add(...someEvents(3))
  const late = await claim()
  await expireClaims()
  const current = await claim()
  expect(current.map(({ id }) => id).sort()).toEqual(late.map(({ id }) => id).sort())
  return { late, current }
}

const toFailure = (event: ClaimedEvent) => ({ event, reason: 'No.', rejected: false })

test('a claim is not freed before its lease of ten seconds ends', async () => {
  await queue.add(anEvent())
  await claim()
  await shop.em.execute(`update pgboss.job set started_on = started_on - interval '9 seconds'`)
  await shop.em.execute('update pgboss.queue set monitor_claim_on = null, monitor_on = null')
  await shop.outbox.supervise()
  expect(await queue.waiting()).toMatchObject([{ state: 'active' }])
})

test('a relay whose claim expired cannot release events that another relay has claimed', async () => {
  const { late, current } = await claimTwice()
  await retryEvents(late.map(toFailure))
  expect(await queue.waiting()).toMatchObject(current.map(() => ({ state: 'active' })))
  await acknowledgeEvents(current)
  expect(await queue.waiting()).toEqual([])
})

test('a relay whose claim expired can still acknowledge delivered events', async () => {
  const { late, current } = await claimTwice()
  await acknowledgeEvents(late)
  expect(await queue.waiting()).toEqual([])
  await retryEvents(current.map(toFailure))
  expect(await queue.waiting()).toEqual([])
})

test('an event that was released for a retry cannot be released again', async () => {
  await queue.add(anEvent())
  const events = await claim()
  await retryEvents(events.map(toFailure))
  const [before] = await queue.waiting()
  await retryEvents(events.map(toFailure))
  expect(await queue.waiting()).toEqual([before])
})

test('a process that dies between the two steps of dead-lettering loses no event', async () => {
  const [event] = await queue.add(anEvent())
  const deadLetter = async () =>
    retryEvents(
      shop.outbox,
      (await claim()).map((claimed) => ({
        ...toFailure({ ...claimed, rejections: REJECTIONS_MAX - 1 }),
        rejected: true,
      })),
    )
  await shop.em.execute('create rule no_delete as on delete to pgboss.job_common do instead nothing')
  await expect(deadLetter()).rejects.toThrow('DELETE')
  await shop.em.execute('drop rule no_delete on pgboss.job_common')
  expect(await queue.waiting()).toMatchObject([{ id: event?.id, state: 'active' }])
  expect(await queue.deadLetters()).toMatchObject([{ id: event?.id }])

  await expireClaims()
  await deadLetter()
  expect(await queue.waiting()).toEqual([])
  expect(await queue.deadLetters()).toMatchObject([{ id: event?.id }])
})
