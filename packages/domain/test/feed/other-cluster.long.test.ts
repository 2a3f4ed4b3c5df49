import { startEmbeddedPostgres } from '@jumun/embedded-postgres'
import { copyCluster } from '@jumun/test-kit/cluster-copy'
import { temporaryDataDir } from '@jumun/test-kit/data-dir'
import { shopActions } from '@jumun/test-kit/domain-shop'
import { createTestDatabase } from '@jumun/test-kit/test-database'
import { expect, onTestFinished, test } from 'vitest'
import { migrateDatabase } from '../../src/database/migrate.ts'
import { type Database, openDatabase } from '../../src/database/orm.ts'
import { DEFAULT_SCHEMA } from '../../src/database/schema.ts'
import { deliverBatch } from '../../src/delivery/deliver-batch.ts'
import { readBacklog } from '../../src/delivery/read-backlog.ts'
import { advanceFeed } from '../../src/feed/advance-feed.ts'
import { Feed } from '../../src/feed/feed.ts'
import { useDataPlatform } from '../delivery/support/data-platform.ts'

const platform = useDataPlatform()

async function openShop(schema = DEFAULT_SCHEMA) {
  const test = await createTestDatabase()
  onTestFinished(test.drop)
  await migrateDatabase(test.url, schema)
  const database: Database = await openDatabase({ url: test.url, schema })
  onTestFinished(() => database.close(true))
  const { em } = database
  const feed = new Feed(em, (error) => expect.fail(String(error)))
  onTestFinished(() => feed.stop())
  const { product, member, place } = shopActions({ em })
  const [productId, memberId] = [await product(), await member()]
  const order = async () => (await place({ memberId, items: [{ productId, quantity: 1 }] })).answer.id
  return { em, feed, order, deliver: () => deliverBatch({ em, platform }) }
}

/** Makes the rows look as after a dump was restored into another cluster, whose transaction ids are lower. No tick is made meanwhile. */
async function moveToOtherCluster(em: Database['em']): Promise<void> {
  await advanceFeed(em.fork())
  const shift = '1000000000'
  await em.fork().transactional(async (em) => {
    await em.execute('select pg_advisory_xact_lock(7201968, hashtext(current_schema()))')
    await em.execute(`update change set xid = (xid::text::bigint + ${shift})::text::xid8`)
    await em.execute(
      `update feed_tick set system = system - 1, snapshot = (
          select format('%s:%s:%s', pg_snapshot_xmin(snapshot)::text::bigint + ${shift}, pg_snapshot_xmax(snapshot)::text::bigint + ${shift},
            (select string_agg((x::text::bigint + ${shift})::text, ',') from pg_snapshot_xip(snapshot) x))::pg_snapshot)
        where number > 1`,
    )
  })
}

test('a database that was restored into another cluster begins a new epoch: readers get a reset, and what was not delivered is delivered', async () => {
  const { em, feed, order, deliver } = await openShop()
  const delivered = await order()
  await deliver()
  const late = await order()
  await advanceFeed(em.fork())
  const { next } = await feed.read()
  await moveToOtherCluster(em)

  // Written in the new cluster before the feed has noticed: its transaction id looks older than every tick.
  const early = await order()
  await advanceFeed(em.fork())
  const page = await feed.read(next)
  expect(page).toMatchObject({ items: [], reset: true })
  const [event, ...waiting] = [delivered, late, early]
  expect((await readBacklog(em)).waiting).toBeGreaterThanOrEqual(waiting.length)
  while ((await deliver()).delivered > 0);
  for (const id of [event, ...waiting]) expect(platform.storage.findOrder(id ?? '')).toMatchObject({ version: 1 })
  expect(platform.storage.stats()).toMatchObject({ orders: 3, events: 3 })

  const afterwards = await order()
  await advanceFeed(em.fork())
  const { items } = await feed.read(page.next)
  expect(items.map(({ change }) => change.type)).toContain('order.placed')
  expect(await deliver()).toMatchObject({ delivered: 1, failed: 0 })
  expect(platform.storage.findOrder(afterwards)).toBeDefined()
})

test('a follower of the feed gets a reset when a new epoch begins', async () => {
  const { em, feed, order } = await openShop()
  const resets: unknown[] = []
  const types: string[] = []
  const { stop } = await feed.follow((page) => {
    if (page.reset) resets.push(page)
    types.push(...page.items.map(({ change }) => change.type))
  })
  onTestFinished(stop)
  await moveToOtherCluster(em)
  feed.wake()
  await expect.poll(() => resets.length).toBe(1)
  await order()
  await expect.poll(() => types).toContain('order.placed')
})

test('processes that notice a new epoch at the same time do not deadlock', async () => {
  const { em, feed, order } = await openShop()
  // It would notice first.
  await feed.stop()
  await order()
  await moveToOtherCluster(em)
  let others: Promise<unknown> | undefined
  await em.fork().transactional(async (begun) => {
    // What the first one does.
    await begun.execute('select pg_advisory_xact_lock(7201968, hashtext(current_schema()))')
    others = Promise.all([advanceFeed(em.fork()), advanceFeed(em.fork())])
    others.catch(() => {})
    await expect.poll(() => countBlocked(em)).toBeGreaterThanOrEqual(2)
    await begun.execute('lock table change in access exclusive mode')
  })
  await others
})

async function countBlocked(em: Database['em']): Promise<number> {
  const [{ blocked }] = await em
    .fork()
    .execute<[{ blocked: number }]>(
      `select count(*)::int as blocked from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    )
  return blocked
}

/** Copies all rows and sequences of a shop into an empty, migrated schema, as a dump of the data does. */
async function copyRows(from: Database['em'], to: Database['em']): Promise<void> {
  const tables = await from.execute<{ name: string }[]>(
    `select quote_ident(relname) as name from pg_class
      where relnamespace = current_schema()::text::regnamespace and relkind in ('r', 'p') and not relispartition and relname !~ '^mikro_orm'`,
  )
  await to.execute('set session_replication_role = replica')
  for (const { name } of tables) {
    const [{ rows }] = await from.execute<[{ rows: string | null }]>(`select json_agg(t)::text as rows from ${name} t`)
    await to.execute(`delete from ${name}`)
    await to.execute(`insert into ${name} select * from json_populate_recordset(null::${name}, ?::json)`, [
      rows ?? '[]',
    ])
  }
  const sequences = await from.execute<{ name: string; last: string }[]>(
    `select sequencename as name, last_value::text as last from pg_sequences where schemaname = current_schema() and last_value is not null`,
  )
  for (const { name, last } of sequences) await to.execute('select setval(?::regclass, ?::bigint)', [name, last])
  await to.execute('set session_replication_role = default')
}

test('a shop whose schema was restored into a new cluster goes on with new orders, and delivers the old ones', async () => {
  const schema = 'shop_2'
  const shop = await openShop(schema)
  const delivered = await shop.order()
  await shop.deliver()
  const waiting = [await shop.order(), await shop.order()]
  const { next } = await shop.feed.read()

  const dataDir = await temporaryDataDir(onTestFinished)
  const cluster = await startEmbeddedPostgres({ dataDir, durable: false })
  onTestFinished(cluster.stop)
  await migrateDatabase(cluster.url, schema)
  const database = await openDatabase({ url: cluster.url, schema, poolSize: 1 })
  onTestFinished(() => database.close(true))
  const { em } = database
  await copyRows(shop.em, em)
  await em.execute('set session_replication_role = default')
  const feed = new Feed(em, (error) => expect.fail(String(error)))
  onTestFinished(() => feed.stop())
  const [memberId, productId] = [await shopActions({ em }).member(), await shopActions({ em }).product()]
  const { answer } = await shopActions({ em }).place({ memberId, items: [{ productId, quantity: 1 }] })
  while ((await deliverBatch({ em, platform })).delivered > 0);
  for (const id of [delivered, ...waiting, answer.id]) expect(platform.storage.findOrder(id)).toBeDefined()
  expect((await readBacklog(em)).waiting).toBe(0)
  expect(await feed.read(next)).toMatchObject({ reset: true })
})

test('a copy of the files, as a standby is, goes on with the feed: cursors stay valid, and no change is missing', async () => {
  const [first, second] = [await temporaryDataDir(onTestFinished), await temporaryDataDir(onTestFinished)]
  const open = async (dataDir: string) => {
    const cluster = await startEmbeddedPostgres({ dataDir, durable: false })
    onTestFinished(cluster.stop)
    const database = await openDatabase({ url: cluster.url })
    onTestFinished(() => database.close(true))
    return { cluster, database, em: database.em, feed: followFeed(database.em) }
  }
  const primary = await open(first)
  await migrateDatabase(primary.cluster.url)
  const { product } = shopActions(primary)
  await product()
  await advanceFeed(primary.em.fork())
  const { next } = await primary.feed.read()
  const late = await product()
  await primary.feed.stop()
  await primary.database.close(true)
  await primary.cluster.stop()
  await copyCluster(first, second)

  const standby = await open(second)
  const after = await shopActions(standby).product()
  await advanceFeed(standby.em.fork())
  const page = await standby.feed.read(next)
  expect(page.reset).toBeUndefined()
  expect(page.items.map(({ change }) => change.data)).toMatchObject([
    { product: { id: late } },
    { product: { id: after } },
  ])
})

function followFeed(em: Database['em']): Feed {
  const feed = new Feed(em, () => {})
  onTestFinished(() => feed.stop())
  return feed
}
