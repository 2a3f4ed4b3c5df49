import { useShop } from '@jumun/test-kit/domain-shop'
import { expect, test } from 'vitest'
import { deliverBatch } from '../../src/delivery/deliver-batch.ts'
import { listOutbox } from '../../src/delivery/list-outbox.ts'
import { REJECTIONS_MAX } from '../../src/delivery/record-outcomes.ts'
import { brokenCursors } from '../../test-support/cursors.ts'
import { refusalOf } from '../../test-support/refusal.ts'
import { useDataPlatform } from './support/data-platform.ts'
import { anEvent, someEvents, useEventQueue } from './support/events.ts'

const shop = useShop()
const queue = useEventQueue(shop)
const platform = useDataPlatform()

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
const list = (state: 'waiting' | 'dead', page: { cursor?: string; limit?: number } = {}) =>
  listOutbox(shop.em, { limit: 20, ...page, state })

test('a waiting event is listed with the result of its last attempt', async () => {
  const [event] = await queue.add(anEvent())
  const { id: eventId, orderId, type, version } = event ?? expect.unreachable()
  const common = { id: eventId, eventId, state: 'waiting', orderId, type, version, since: TIME }
  expect(await list('waiting')).toEqual({ items: [{ ...common, attempts: 0, reason: null }], nextCursor: null })
  await platform.setFaults({ status: 500 })
  await deliverBatch({ em: shop.em, platform })
  const reason = 'The data platform answered 500.'
  expect((await list('waiting')).items).toMatchObject([{ ...common, reason }])
  expect((await list('dead')).items).toEqual([])
})

test('a dead letter is listed with its reason and its number of attempts', async () => {
  const [event] = await queue.add(anEvent({ orderId: '019310a4-6f00-7000-8000-000000000001' }))
  await platform.setFaults({ rejectRate: 1 })
  for (let attempt = 0; attempt < REJECTIONS_MAX; attempt++) {
    await queue.makeDue()
    await deliverBatch({ em: shop.em, platform })
  }
  expect(await list('dead')).toEqual({
    items: [
      {
        id: event?.id,
        eventId: event?.id,
        state: 'dead',
        type: 'order.paid',
        orderId: event?.orderId,
        version: 1,
        attempts: REJECTIONS_MAX,
        reason: 'This fault was asked for: see /faults.',
        since: TIME,
      },
    ],
    nextCursor: null,
  })
  expect((await list('waiting')).items).toEqual([])
})

test('pages show each event once, the oldest first, also those created at the same time', async () => {
  const events = someEvents(7)
  await queue.addDead(...events)
  await queue.add(anEvent())
  await shop.em.execute(`update undelivered_event set since = since - interval '1 day' where id = ?`, [
    events.at(-1)?.id,
  ])
  const seen: string[] = []
  let cursor: string | null | undefined
  do {
    const page = await list('dead', { limit: 3, ...(cursor && { cursor }) })
    seen.push(...page.items.map(({ id }) => id))
    cursor = page.nextCursor
  } while (cursor !== null)
  const [oldest, ...others] = [events.at(-1), ...events.slice(0, -1)].map((event) => event?.id)
  expect(seen).toEqual([oldest, ...others.toSorted()])
})

test.each(brokenCursors)('%j is refused as a cursor of the outbox', async (cursor) => {
  expect(await refusalOf(list('dead', { cursor }))).toMatchObject({ code: 'BAD_REQUEST' })
})
