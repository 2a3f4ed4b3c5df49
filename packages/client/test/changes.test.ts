import { expect, test } from 'vitest'
import { changeOfStock, event, openStream, stock, take, useFakeFeed } from '../test-support/fake-feed.ts'
import { useFastTimers } from '../test-support/fast-timers.ts'

const feed = useFakeFeed()
useFastTimers()

test('changes arrive with their cursors, and leaving the loop closes the connection', async () => {
  feed.respond(openStream(event('bookmark', 'c0'), stock(9), stock(8)))
  const changes = await take(feed.client().changes({ after: 'c-1', topics: ['products', 'member:mina'] }), 2)
  expect(changes).toEqual([9, 8].map((quantity) => ({ cursor: `c${quantity}`, ...changeOfStock(quantity) })))
  expect(feed.paths()).toEqual(['/api/events?after=c-1&topics=products%2Cmember%3Amina'])
  expect(feed.requests[0]).toMatchObject({ authorization: 'Bearer a.b.c', signal: { aborted: true } })
})
