import { randomUUID } from 'node:crypto'
import { useShop } from '@jumun/test-kit/domain-shop'
import { expect, test } from 'vitest'
import { type Claim, type ClaimedEvent, claimEvents } from '../../src/delivery/claim-events.ts'
import { REJECTIONS_MAX, recordOutcomes } from '../../src/delivery/record-outcomes.ts'
import { advanceFeed } from '../../src/feed/advance-feed.ts'
import { anEvent, someEvents, useEventQueue } from './support/events.ts'

const shop = useShop()
const queue = useEventQueue(shop)

const [first, second] = [randomUUID(), randomUUID()]

async function claim(relay: string): Promise<Claim | undefined> {
  await advanceFeed(shop.em.fork())
  return claimEvents(shop.em, relay, 10)
}

/** Lets seconds of the lease pass. */
const pass = (seconds: number) =>
  shop.em.execute(`update feed_consumer set leased_until = leased_until - interval '${seconds} seconds'`)

/** Adds three events that the second relay has claimed after the lease of the first one ended. */
async function claimTwice(): Promise<{ late: Claim; current: Claim }> {
  await queue.add(...someEvents(3))
  const late = (await claim(first)) ?? expect.unreachable()
  await pass(11)
  const current = (await claim(second)) ?? expect.unreachable()
  expect(current.events.map(({ id }) => id)).toEqual(late.events.map(({ id }) => id))
  return { late, current }
}

const accept = (relay: string, { events, upTo }: Claim) =>
  recordOutcomes(shop.em, relay, { accepted: events, failures: [], position: upTo, outage: null })
const reject = (relay: string, { events, upTo }: Claim) =>
  recordOutcomes(shop.em, relay, { accepted: [], failures: events.map(rejected), position: upTo, outage: null })
const rejected = (event: ClaimedEvent) => ({ event, reason: 'No.', rejected: true })

test('a second relay gets nothing before the lease of ten seconds ends', async () => {
  await queue.add(anEvent())
  expect((await claim(first))?.events).toHaveLength(1)
  await pass(9)
  expect(await claim(second)).toBeUndefined()
  expect(await queue.waiting()).toMatchObject([{ state: 'active' }])
  await pass(2)
  expect((await claim(second))?.events).toHaveLength(1)
})

test('a relay extends its lease with each batch', async () => {
  await queue.add(anEvent())
  await claim(first)
  await pass(9)
  await claim(first)
  await pass(9)
  expect(await claim(second)).toBeUndefined()
})

test('a relay whose lease has gone to another one moves no cursor and keeps no event', async () => {
  const { late, current } = await claimTwice()
  await accept(first, late)
  expect(await queue.waiting()).toHaveLength(3)
  await reject(first, late)
  expect(await queue.waiting()).toMatchObject(current.events.map(() => ({ state: 'active' })))
  await accept(second, current)
  expect(await queue.waiting()).toEqual([])
})

test('a relay whose lease has ended, but that no other one has taken, can still move the cursor', async () => {
  await queue.add(...someEvents(3))
  const claimed = (await claim(first)) ?? expect.unreachable()
  await pass(11)
  await accept(first, claimed)
  expect(await queue.waiting()).toEqual([])
})

test('an outage ends the lease, so that a relay with a better way to the platform can try', async () => {
  await queue.add(...someEvents(3))
  const claimed = (await claim(first)) ?? expect.unreachable()
  const { from } = claimed
  await recordOutcomes(shop.em, first, { accepted: [], failures: [], position: from, outage: 'No.' })
  expect((await claim(second))?.events).toHaveLength(3)
})

test('moving the cursor and dead-lettering are one transaction', async () => {
  const [event] = await queue.add(anEvent())
  const claimed = (await claim(first)) ?? expect.unreachable()
  for (const one of claimed.events) one.rejections = REJECTIONS_MAX - 1
  await shop.em.execute('alter table undelivered_event add constraint full_disk check (false) not valid')
  await expect(reject(first, claimed)).rejects.toThrow('full_disk')
  await shop.em.execute('alter table undelivered_event drop constraint full_disk')
  expect(await queue.waiting()).toMatchObject([{ id: event?.id, state: 'active' }])
  expect(await queue.deadLetters()).toEqual([])
  expect(await reject(first, claimed)).toBe(1)
  expect(await queue.waiting()).toEqual([])
  expect(await queue.deadLetters()).toMatchObject([{ id: event?.id }])
})
