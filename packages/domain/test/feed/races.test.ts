import { setTimeout as sleep } from 'node:timers/promises'
import type { Change } from '@jumun/contract'
import { useShop } from '@jumun/test-kit/domain-shop'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { waitFor } from '@jumun/test-kit/wait-for'
import fc from 'fast-check'
import { expect, onTestFinished, test, vi } from 'vitest'
import { advanceFeed } from '../../src/feed/advance-feed.ts'
import { Feed, type FeedItem } from '../../src/feed/feed.ts'
import { stockChanged, writeChanges } from '../../src/feed/write-changes.ts'

vi.setConfig({ testTimeout: scaleByLoad(180_000) })

const shop = useShop({ poolSize: 20 })

const PRODUCTS = 3
const RUNS = 25

/** One transaction: it locks products one after another and changes each, slowly or not, and commits or not. */
const transaction = fc.record({
  products: fc.uniqueArray(fc.nat(PRODUCTS - 1), { minLength: 1, maxLength: PRODUCTS }),
  startsAfterMs: fc.nat(15),
  pauseMs: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.nat(25)),
  commits: fc.boolean().map((rolledBack) => !rolledBack),
})

function openFeed(): Feed {
  const feed = new Feed(shop.em, (error) => expect.fail(String(error)))
  onTestFinished(() => feed.stop())
  return feed
}

/** Reads everything after a cursor, page by page. */
async function readAll(feed: Feed, after: string): Promise<FeedItem[]> {
  const all: FeedItem[] = []
  for (let cursor = after; ; ) {
    const page = await feed.read(cursor)
    expect(page.reset).toBeUndefined()
    all.push(...page.items)
    cursor = page.next
    if (!page.more) return all
  }
}

type StockChange = Extract<Change, { type: 'stock.changed' }>

test('every reader gets exactly the committed changes, in one order that is right for each row', async () => {
  const products: number[] = []
  for (let count = 0; count < PRODUCTS; count++) products.push(await shop.product())
  const feed = openFeed()
  const property = fc.asyncProperty(fc.array(transaction, { minLength: 2, maxLength: 12 }), async (transactions) => {
    await advanceFeed(shop.em.fork())
    const followed: FeedItem[] = []
    const { from, stop } = await feed.follow((page) => followed.push(...page.items))
    const committed = new Set<string>()
    const run = async ({
      products: chosen,
      startsAfterMs,
      pauseMs,
      commits,
    }: typeof transaction extends fc.Arbitrary<infer One> ? One : never) => {
      await sleep(startsAfterMs)
      const marks: string[] = []
      const work = shop.em.fork().transactional(async (em) => {
        // The lock order is by id everywhere.
        for (const index of chosen.toSorted()) {
          const update =
            'update product_stock set quantity = quantity + 1, received = received + 1 where product_id = ? returning quantity::float8 as quantity'
          const [{ quantity }] = await em.execute<[{ quantity: number }]>(update, [products[index]])
          marks.push(`${products[index]} ${quantity}`)
          await sleep(pauseMs)
        }
        const changes = marks.map((mark) => {
          const [id, quantity] = mark.split(' ').map(Number) as [number, number]
          return stockChanged(id, quantity, 'correction', null)
        })
        await writeChanges(em, new Date(), changes)
        await sleep(pauseMs)
        if (!commits) throw new Error('rolled back')
      })
      await work.then(
        () => marks.forEach((mark) => void committed.add(mark)),
        (error) => expect(error.message).toBe('rolled back'),
      )
    }
    const reading = { cursor: from, seen: [] as FeedItem[], done: false }
    // A reader that pages while the transactions run.
    const poll = (async () => {
      while (!reading.done) {
        const page = await feed.read(reading.cursor)
        reading.seen.push(...page.items)
        reading.cursor = page.next
        await advanceFeed(shop.em.fork())
      }
    })()
    await Promise.all(transactions.map(run))
    reading.done = true
    await poll
    await advanceFeed(shop.em.fork())
    const all = await readAll(feed, from)
    const ids = (items: FeedItem[]) => items.map(({ change }) => change.id)
    expect(
      new Set(
        all.map(({ change }) => `${(change as StockChange).data.productId} ${(change as StockChange).data.quantity}`),
      ),
    ).toEqual(committed)
    expect(all).toHaveLength(committed.size)
    // Right for each row: its stock grows by one with each change.
    for (const product of products) {
      const stocks = all.flatMap(({ change }) => {
        const { data } = change as StockChange
        return data.productId === product ? [data.quantity] : []
      })
      expect(stocks).toEqual(stocks.toSorted((a, b) => a - b))
    }
    // The same for every reader: at once or page by page, from the past or live, and from any cursor in between.
    expect(ids([...reading.seen, ...(await readAll(feed, reading.cursor))])).toEqual(ids(all))
    const middle = all[Math.floor(all.length / 2)]
    if (middle) expect(ids(await readAll(feed, middle.cursor))).toEqual(ids(all.slice(all.indexOf(middle) + 1)))
    await waitFor(() => followed.length >= all.length)
    stop()
    expect(ids(followed)).toEqual(ids(all))
  })
  await fc.assert(property, { numRuns: RUNS })
})

test('a change that commits late is read after those that committed before it, and is not lost', async () => {
  const [slow, fast] = [await shop.product(), await shop.product()]
  const feed = openFeed()
  await advanceFeed(shop.em.fork())
  const { next } = await feed.read()
  const write = (em: typeof shop.em, id: number) =>
    writeChanges(em, new Date(), [stockChanged(id, 1, 'correction', null)])
  const late = shop.em.fork()
  await late.begin()
  await write(late, slow)
  await shop.em.fork().transactional((em) => write(em, fast))
  await advanceFeed(shop.em.fork())
  const first = await feed.read(next)
  expect(first.items.map(({ change }) => change.data)).toMatchObject([{ productId: fast }])
  await late.commit()
  await advanceFeed(shop.em.fork())
  const second = await feed.read(first.next)
  expect(second.items.map(({ change }) => change.data)).toMatchObject([{ productId: slow }])
  expect((await readAll(feed, next)).map(({ change }) => change.id)).toEqual(
    [...first.items, ...second.items].map(({ change }) => change.id),
  )
})

test('a transaction that runs for long does not hold up the changes of others', async () => {
  const product = await shop.product()
  const feed = openFeed()
  const long = shop.em.fork()
  await long.begin()
  await long.execute('update product_stock set quantity = quantity where product_id = ?', [product])
  const { next } = await feed.read()
  const other = await shop.product()
  await advanceFeed(shop.em.fork())
  expect((await readAll(feed, next)).map(({ change }) => change.type)).toContain('product.created')
  await long.rollback()
  expect(other).not.toBe(product)
})

test('concurrent calls make ticks one after another, each after the one before', async () => {
  for (let round = 0; round < 10; round++) {
    await shop.product()
    await Promise.all(Array.from({ length: 8 }, () => advanceFeed(shop.em.fork())))
  }
  const [row] = await shop.em.execute<[{ gaps: number; backwards: number; extra: number }]>(
    `select count(*) filter (where tick.number <> before.number + 1)::int as gaps,
        count(*) filter (where pg_snapshot_xmax(tick.snapshot) < pg_snapshot_xmax(before.snapshot))::int as backwards,
        (select count(*)::int from feed_tick) as ticks
      from (select *, lead(number) over (order by number) as following from feed_tick) before
      join feed_tick tick on tick.number = before.following`,
  )
  expect(row).toMatchObject({ gaps: 0, backwards: 0 })
})

test('nothing new makes no tick', async () => {
  await shop.product()
  const tick = await advanceFeed(shop.em.fork())
  await shop.em.fork().transactional((em) => em.execute('update product_stock set quantity = quantity'))
  expect(await advanceFeed(shop.em.fork())).toBe(tick)
})
