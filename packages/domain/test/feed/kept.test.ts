import { useShop } from '@jumun/test-kit/domain-shop'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { CONSUMER } from '../../src/delivery/delivery-cursor.ts'
import { advanceFeed, TICK_INTERVAL_MS } from '../../src/feed/advance-feed.ts'
import { Feed, type FeedPage } from '../../src/feed/feed.ts'
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

test('a reader whose cursor expires while a page is read gets CURSOR_EXPIRED, and no page with a gap', async () => {
  const reads = shop.em.fork({ clear: true })
  const feed = new Feed(shop.em, (error) => expect.fail(String(error)), reads)
  onTestFinished(() => feed.stop())
  await shop.product()
  await advanceFeed(shop.em.fork())
  const { next } = await feed.read()
  for (let count = 0; count < 3; count++) {
    await shop.product()
    await advanceFeed(shop.em.fork())
  }
  // Between the look at the cursor and the read of its page.
  const fork = vi.spyOn(reads, 'fork')
  fork.mockImplementationOnce(() => shop.em.fork())
  fork.mockImplementationOnce(() => {
    const em = shop.em.fork()
    const execute = em.execute.bind(em)
    vi.spyOn(em, 'execute').mockImplementationOnce(async (...query) => {
      await execute('delete from feed_tick where number < (select max(number) - 1 from feed_tick)')
      return execute(...query)
    })
    return em
  })
  expect(await refusalOf(feed.read(next))).toMatchObject({ code: 'CURSOR_EXPIRED' })
})

test('a follower that was stopped for longer than changes are kept gets a reset', async () => {
  const feed = openFeed()
  await shop.product()
  await advanceFeed(shop.em.fork())
  const pages: FeedPage[] = []
  await feed.follow((page) => void pages.push(page))
  await shop.em.fork().transactional(async (em) => {
    // No tick is made meanwhile by others, nor is one seen.
    await em.execute('select pg_advisory_xact_lock(7201968, hashtext(current_schema()))')
    await em.execute(
      `insert into feed_tick (number, snapshot, tag, epoch, system)
        select number + 9, pg_current_snapshot(), tag + 1, epoch, system from feed_tick order by number desc limit 1`,
    )
    await em.execute('delete from feed_tick where number < (select max(number) from feed_tick)')
  })
  feed.wake()
  await expect.poll(() => pages).toMatchObject([{ items: [], reset: true }])
})

test('the last follower may leave while the feed is read for it', async () => {
  const reads = shop.em.fork({ clear: true })
  const errors: unknown[] = []
  const feed = new Feed(shop.em, (error) => void errors.push(error), reads)
  onTestFinished(() => feed.stop())
  const { stop } = await feed.follow(() => {})
  const left = new Promise<void>((resolve) => {
    vi.spyOn(reads, 'fork').mockImplementationOnce(() => {
      stop()
      resolve()
      return shop.em.fork()
    })
  })
  await shop.product()
  feed.wake()
  await left
  await feed.stop()
  expect(errors).toEqual([])
})

test('a tick is made when the clock of the database has gone back', async () => {
  await shop.product()
  const tick = await advanceFeed(shop.em.fork())
  await shop.em.execute(`update feed_tick set at = now() + interval '1 hour' where number = ?`, [tick])
  await shop.product()
  expect(await advanceFeed(shop.em.fork(), TICK_INTERVAL_MS)).toBe(tick + 1)
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
