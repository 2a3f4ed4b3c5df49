import { useShop } from '@jumun/test-kit/domain-shop'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { CONSUMER } from '../../src/delivery/delivery-cursor.ts'
import { advanceFeed } from '../../src/feed/advance-feed.ts'
import { Feed } from '../../src/feed/feed.ts'
import { trimFeed } from '../../src/feed/trim-feed.ts'
import { ageFeed } from '../../test-support/age-feed.ts'
import { refusalOf } from '../../test-support/refusal.ts'

const shop = useShop()

function openFeed(): Feed {
  const feed = new Feed(shop.em, (error) => expect.fail(String(error)))
  onTestFinished(() => feed.stop())
  return feed
}

/** Says that the data platform has everything. */
async function deliverAll(): Promise<void> {
  const tick = await advanceFeed(shop.em.fork())
  await shop.em.execute('update feed_consumer set tick = ? where name = ?', [tick, CONSUMER])
}

beforeEach(() => shop.em.execute('truncate change'))

const countRows = async () => {
  const [row] = await shop.em.execute<[{ count: number }]>('select count(*)::int as count from change')
  return row.count
}

test('changes are kept for seven days, and a reader who is later gets CURSOR_EXPIRED with the oldest cursor', async () => {
  const feed = openFeed()
  const { next: start } = await feed.read()
  await shop.product()
  await advanceFeed(shop.em.fork())
  await ageFeed(shop.em, 6)
  await deliverAll()
  await trimFeed(shop.em)
  expect((await feed.read(start)).items.map(({ change }) => change.type)).toEqual(['product.created'])

  await shop.product()
  await deliverAll()
  await ageFeed(shop.em, 2)
  await trimFeed(shop.em)
  expect(await countRows()).toBe(1)
  const refusal = await refusalOf(feed.read(start))
  expect(refusal).toMatchObject({ code: 'CURSOR_EXPIRED', oldest: expect.any(String) })
  const { oldest } = refusal as unknown as { oldest: string }
  expect((await feed.read(oldest)).items).toMatchObject([{ change: { type: 'product.created' } }])
})

test('a partition with events that the data platform does not have is kept', async () => {
  await shop.product()
  await advanceFeed(shop.em.fork())
  const rows = await countRows()
  await ageFeed(shop.em, 8)
  await trimFeed(shop.em)
  expect(await countRows()).toBe(rows)
  await deliverAll()
  await trimFeed(shop.em)
  expect(await countRows()).toBe(0)
})

test('a partition is not emptied while its day has come again', async () => {
  await shop.product()
  await deliverAll()
  // Ten days are one round.
  await ageFeed(shop.em, 10)
  await trimFeed(shop.em)
  expect(await countRows()).toBe(1)
  await shop.product()
  expect(await countRows()).toBe(2)
})

test.each([
  '',
  '.',
  'a',
  '1.1.1.1',
  '1.1.1.1.1.1',
  '1.1.1.1.-1',
  '1.1.zzzzzzz.0.0',
  'zzzzzzzzzzz.1.1.0.0',
  '1.1.1.0.0\n',
])('%j is refused as a cursor of the feed', async (cursor) => {
  expect(await refusalOf(openFeed().read(cursor))).toMatchObject({ code: 'BAD_REQUEST' })
})

test('a cursor whose tick was lost with a failover, and of another feed, gets a reset', async () => {
  const feed = openFeed()
  await shop.product()
  await advanceFeed(shop.em.fork())
  const { next } = await feed.read()
  const [epoch, tick = '', tag = '', ...rest] = next.split('.')
  const later = (Number.parseInt(tick, 36) + 1).toString(36)
  for (const foreign of [
    ['7', tick, tag, ...rest],
    [epoch, later, tag, ...rest],
    [epoch, tick, tag === '1' ? '2' : '1', ...rest],
    [epoch, tick, tag, '5', '1'],
  ])
    expect(await feed.read(foreign.join('.'))).toEqual({ items: [], next, more: false, reset: true })
  expect(await feed.read(next)).toEqual({ items: [], next, more: false })
})
