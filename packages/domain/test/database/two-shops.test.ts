import { shopActions } from '@jumun/test-kit/domain-shop'
import { brokenInvariants } from '@jumun/test-kit/invariants'
import { onServer } from '@jumun/test-kit/on-server'
import { createTestDatabase, useTestDatabase } from '@jumun/test-kit/test-database'
import type { Client } from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { MIGRATION_LOCK, migrateDatabase } from '../../src/database/migrate.ts'
import { type Database, openDatabase } from '../../src/database/orm.ts'
import { sessionName } from '../../src/database/schema.ts'
import { SessionClient } from '../../src/database/session-client.ts'
import { deliverBatch } from '../../src/delivery/deliver-batch.ts'
import { reconcileOrders } from '../../src/delivery/reconcile-orders.ts'
import { advanceFeed } from '../../src/feed/advance-feed.ts'
import { trimFeed } from '../../src/feed/trim-feed.ts'
import { cancelOrder } from '../../src/order/cancel-order.ts'
import { placeOrders } from '../../src/order/place-orders.ts'
import { chargePoints } from '../../src/point/move-points.ts'
import { advancePopular } from '../../src/popular/advance-popular.ts'
import { useDataPlatform } from '../delivery/support/data-platform.ts'

const database = useTestDatabase()
const platform = useDataPlatform()

/** One that sorts after `public`, and needs quotes. */
const OTHER = 'shop$2'
const MEMBER = 'mina'

/** Opens the shop of a schema, with one product and one member of its own. */
async function openShop(schema: string, url: string = database.url) {
  await migrateDatabase(url, schema)
  const orm: Database = await openDatabase({ url, schema })
  onTestFinished(() => orm.close(true))
  const { em } = orm
  const productId = await shopActions({ em }).product()
  await chargePoints(em, { memberId: MEMBER, amount: 1_000_000 })
  return { orm, em, productId }
}

/** Does once what a shop does with locks. */
async function doEverything({ em, productId }: { em: Database['em']; productId: number }): Promise<void> {
  const items = [{ productId, quantity: 1 }]
  const { place } = shopActions({ em })
  const { answer } = await place({ memberId: MEMBER, items })
  const later = await placeOrders(em, [{ memberId: MEMBER, items, payment: 'later' }], { maxOrders: 10, maxUnits: 10 })
  expect(later).toMatchObject([{ answer: { status: 'PENDING_PAYMENT' } }])
  await cancelOrder(em, { orderId: answer.id, mayAccess: () => true })
  await em.fork().execute('update change set outgoing = 0')
  const reconciled = await reconcileOrders(em, platform, { limit: 500, graceSeconds: 0, dryRun: false })
  expect(reconciled.differences.map(({ action }) => action)).toContain('resent')
  await advanceFeed(em.fork())
  await deliverBatch({ em, platform })
  await trimFeed(em)
  await advancePopular(em)
}

/** Everything of a shop that one process locks at a time; advisory locks also with the keys that they would have without the schema. */
const LOCKS = [
  ...[MIGRATION_LOCK, 7_201_967, 7_201_968].flatMap((lock) => [
    `select pg_advisory_xact_lock(${lock})`,
    `select pg_advisory_xact_lock(${lock}, hashtext(current_schema()))`,
  ]),
  `select pg_advisory_xact_lock(1, hashtext('${MEMBER}'))`,
  `select pg_advisory_xact_lock(1, hashtext(current_schema() || '.${MEMBER}'))`,
  'lock table product_stock, point_account, "order", change, feed_tick, feed_consumer, popular_state, mikro_orm_migrations',
]

/** Takes every lock of a shop in one transaction, as its processes do. */
async function holdLocks(schema: string) {
  const name = sessionName(schema)
  const client: Client = new SessionClient({ connectionString: database.url, schema, application_name: name })
  await client.connect()
  await client.query('begin')
  for (const lock of LOCKS) await client.query(lock)
  const { rows } = await client.query<{ since: string }>('select now()::text as since')
  const release = async () => (await client.query('rollback')).command
  return { since: rows[0]?.since, release, [Symbol.asyncDispose]: () => client.end() }
}

test('while a shop holds all of its locks, another one in its database migrates, sells, delivers, reconciles and rolls up', async () => {
  const shop = await openShop('public')
  await using holder = await holdLocks('public')
  const other = await openShop(OTHER)
  expect(other.productId).toBe(shop.productId)
  await doEverything(other)
  // Nor does the start of a transaction of another shop hold the rollup back.
  const hasPassed = async () => {
    await advancePopular(other.em)
    const [state] = await other.em
      .fork()
      .execute<[{ passed: boolean }]>('select watermark > ?::timestamptz as passed from popular_state', [holder.since])
    return state.passed
  }
  await expect.poll(hasPassed, { interval: 200 }).toBe(true)
  expect(await brokenInvariants(other.em)).toEqual({})
  expect(await holder.release()).toBe('ROLLBACK')
  await doEverything(shop)
  expect(await brokenInvariants(shop.em)).toEqual({})
})

test('a shop finds nothing of another one where its own table or function is missing', async () => {
  const missing = await openShop('missing')
  await missing.em.fork().execute('drop table point_entry; drop function feed_advance')
  await expect(missing.em.fork().execute('select from point_entry')).rejects.toThrow('does not exist')
  await expect(advanceFeed(missing.em.fork())).rejects.toThrow('does not exist')
})

test('a shop keeps everything in its schema, and leaves nothing elsewhere', async () => {
  const empty = await createTestDatabase()
  onTestFinished(empty.drop)
  await onServer(empty.url, 'drop schema public cascade; create schema public')
  const shop = await openShop('here', empty.url)
  await doEverything(shop)
  expect(await shop.orm.migrator.getPending()).toEqual([])
  const elsewhere = `select relname from pg_class where relnamespace = 'public'::regnamespace
    union all select proname from pg_proc where pronamespace = 'public'::regnamespace and probin is null`
  expect(await onServer(empty.url, elsewhere)).toEqual([])
  await shop.orm.migrator.down({ to: 0 })
  const left = `select relname from pg_class where relnamespace = 'here'::regnamespace and relname !~ '^mikro_orm_migrations'
    union all select proname from pg_proc where pronamespace = 'here'::regnamespace
    union all select extname from pg_extension where extname <> 'plpgsql'`
  expect(await onServer(empty.url, left)).toEqual([])
})

test('the trigram operators are found where they are, and kept as long as another shop uses them', async () => {
  const empty = await createTestDatabase()
  onTestFinished(empty.drop)
  const sql = 'drop schema public cascade; create schema "Extensions"; create extension pg_trgm schema "Extensions"'
  await onServer(empty.url, sql)
  const [one] = [await openShop('one', empty.url), await openShop('two', empty.url)]
  await one.orm.migrator.down({ to: 0 })
  const indexes = await onServer(empty.url, `select schemaname, indexdef from pg_indexes where indexdef ~ 'trgm'`)
  expect(indexes).toEqual([{ schemaname: 'two', indexdef: expect.stringContaining('"Extensions".gin_trgm_ops') }])
})

test('five processes that start two shops in an empty database at once migrate both', async () => {
  const empty = await createTestDatabase()
  onTestFinished(empty.drop)
  await onServer(empty.url, 'drop schema public cascade; create schema public')
  await Promise.all(['a', 'b', 'a', 'b', 'a'].map((schema) => migrateDatabase(empty.url, schema)))
  for (const schema of ['a', 'b']) {
    await using shop = await openDatabase({ url: empty.url, schema })
    expect(await shop.migrator.getPending()).toEqual([])
  }
})

test('a role that may not create the schema, or anything in it, is told so in one line', async () => {
  const name = `limited_${new URL(database.url).pathname.slice(1)}`
  await onServer(database.url, `create role ${name} login password 'limited'`)
  onTestFinished(async () => void (await onServer(database.url, `drop owned by ${name}; drop role ${name}`)))
  const url = new URL(database.url)
  url.username = name
  url.password = 'limited'
  await expect(migrateDatabase(url.href, 'absent')).rejects.toThrow(
    `The schema absent is missing, and the role ${name} may not create it; create it, owned by the role.`,
  )
  await onServer(database.url, 'create schema foreign_shop')
  await expect(migrateDatabase(url.href, 'foreign_shop')).rejects.toThrow(
    `The role ${name} may create nothing in the schema foreign_shop; grant it create and usage on it.`,
  )
  await onServer(database.url, `create schema own_shop authorization ${name}`)
  await migrateDatabase(url.href, 'own_shop')
  await using own = await openDatabase({ url: url.href, schema: 'own_shop', poolSize: 1 })
  expect(await placeOrders(own.em, [])).toEqual([])
  // Sessions of other shops, whose transactions this role cannot see.
  await openShop('public')
  expect(await advancePopular(own.em)).toBe(false)
})
