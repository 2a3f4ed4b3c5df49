import { useShop } from '@jumun/test-kit/domain-shop'
import { Webhook } from 'standardwebhooks'
import { expect, test } from 'vitest'
import { deliverBatch } from '../../src/delivery/deliver-batch.ts'
import { SECRET, useDataPlatform } from './support/data-platform.ts'
import { anEvent, someEvents, useEventQueue } from './support/events.ts'

const shop = useShop()
const queue = useEventQueue(shop)
const platform = useDataPlatform()

const OTHER_SECRET = `whsec_${Buffer.alloc(32, 'other').toString('base64')}`

test('a request is signed as Standard Webhooks specifies and holds the events unchanged', async () => {
  const event = anEvent({ type: 'order.cancelled', version: 2 })
  await queue.add(event)
  await deliverBatch({ em: shop.em, platform })
  const [request] = platform.requests
  expect(request?.headers.get('content-type')).toBe('application/json')
  const verified = new Webhook(SECRET).verify(request?.body ?? '', Object.fromEntries(request?.headers ?? []))
  expect(verified).toEqual({ events: [event] })
})

test('each request has a new id, and each event keeps its id', async () => {
  await queue.add(...someEvents(2))
  await platform.setFaults({ status: 500 })
  await deliverBatch({ em: shop.em, platform })
  await queue.makeDue()
  await deliverBatch({ em: shop.em, platform })
  const [first, second] = platform.requests
  expect(second?.headers.get('webhook-id')).not.toBe(first?.headers.get('webhook-id'))
  expect(second?.ids.toSorted()).toEqual(first?.ids.toSorted())
})

test('with several secrets a platform that knows any one of them accepts the events', async () => {
  await queue.add(...someEvents(2))
  const rotating = { url: platform.url, secret: `${OTHER_SECRET} ${SECRET}` }
  expect(await deliverBatch({ em: shop.em, platform: rotating })).toMatchObject({ delivered: 2, failed: 0 })
  const [request] = platform.requests
  for (const secret of [OTHER_SECRET, SECRET])
    new Webhook(secret).verify(request?.body ?? '', Object.fromEntries(request?.headers ?? []))
})

test('events that are signed with a wrong secret are refused (401) and wait for the right one', async () => {
  await queue.add(...someEvents(4))
  const wrong = { url: platform.url, secret: OTHER_SECRET }
  expect(await deliverBatch({ em: shop.em, platform: wrong })).toEqual({
    delivered: 0,
    failed: 4,
    unanswered: 4,
    deadLettered: 0,
    reason: 'The data platform answered 401.',
  })
  expect(platform.storage.stats()).toMatchObject({ events: 0, badSignatures: 1 })
  await queue.makeDue()
  expect(await deliverBatch({ em: shop.em, platform })).toMatchObject({ delivered: 4, failed: 0 })
})
