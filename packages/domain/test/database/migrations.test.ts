import { onServer } from '@jumun/test-kit/on-server'
import { createTestDatabase } from '@jumun/test-kit/test-database'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { migrateDatabase } from '../../src/database/migrate.ts'
import { migrationsList } from '../../src/database/migrations/index.ts'
import { type Database, openDatabase } from '../../src/database/orm.ts'

let url: string

beforeEach(async () => {
  const database = await createTestDatabase()
  onTestFinished(() => database.drop())
  url = database.url
})

async function open(): Promise<Database> {
  const database = await openDatabase({ url })
  onTestFinished(() => database.close(true))
  return database
}

/** Takes everything away that a migration could have made, the outbox too. */
async function emptyDatabase(): Promise<void> {
  await onServer(url, 'drop schema public cascade; drop schema pgboss cascade; create schema public')
}

/** Tables, columns, indexes, constraints, triggers, functions and sequences: all of it that is ours, in words. */
async function schemaInWords(): Promise<unknown[]> {
  return onServer(
    url,
    `with ours as (select oid, relname from pg_class
       where relnamespace = 'public'::regnamespace and relname !~ '^mikro_orm_migrations')
     select relname || ' ' || attname || ' ' || format_type(atttypid, atttypmod) || ' ' || attnotnull::text || ' '
              || coalesce(pg_get_expr(adbin, adrelid), '') || coalesce(col_description(ours.oid, attnum), '') as word
       from ours join pg_attribute on attrelid = ours.oid and attnum > 0 and not attisdropped
       left join pg_attrdef on adrelid = ours.oid and adnum = attnum
     union all select relname || ' ' || pg_get_constraintdef(c.oid) from ours join pg_constraint c on conrelid = ours.oid
     union all select pg_get_indexdef(indexrelid) from ours join pg_index on indrelid = ours.oid
     union all select pg_get_triggerdef(t.oid) from ours join pg_trigger t on tgrelid = ours.oid and not tgisinternal
     union all select 'function ' || proname from pg_proc where pronamespace = 'public'::regnamespace
     union all select 'extension ' || extname from pg_extension
     order by word`,
  )
}

test('the migrated database is what the entities describe', async () => {
  const database = await open()
  expect(await database.schema.getUpdateSchemaSQL()).toBe('')
})

test('every migration goes down to an empty schema and up to the same one again', async () => {
  const before = await schemaInWords()
  const database = await open()
  await database.migrator.down({ to: 0 })
  expect(await schemaInWords()).toEqual([{ word: 'extension plpgsql' }])
  await database.migrator.up()
  expect(await schemaInWords()).toEqual(before)
  expect(await database.schema.getUpdateSchemaSQL()).toBe('')
})

test('each migration goes down and up on its own', async () => {
  const database = await open()
  for (const { name } of migrationsList.toReversed()) {
    const with_ = await schemaInWords()
    await database.migrator.down()
    const without = await schemaInWords()
    await database.migrator.up({ migrations: [name] })
    expect(await schemaInWords()).toEqual(with_)
    await database.migrator.down()
    expect(await schemaInWords()).toEqual(without)
  }
})

test('an empty database is migrated by several processes at once, as by one', async () => {
  const before = await schemaInWords()
  await emptyDatabase()
  await Promise.all([migrateDatabase(url), migrateDatabase(url), migrateDatabase(url)])
  expect(await schemaInWords()).toEqual(before)
  const database = await open()
  expect(await database.migrator.getPending()).toEqual([])
  expect((await database.migrator.getExecuted()).map((row) => row.name)).toEqual(migrationsList.map(({ name }) => name))
})

test('migrating what is migrated changes nothing and keeps what is stored', async () => {
  await onServer(url, `insert into point_account (member_id, balance) values ('mina', 7)`)
  const before = await schemaInWords()
  await migrateDatabase(url)
  expect(await schemaInWords()).toEqual(before)
  expect(await onServer(url, 'select balance::int from point_account')).toEqual([{ balance: 7 }])
})

test('a migration that fails leaves the database as it was', async () => {
  await emptyDatabase()
  await onServer(url, 'create table idempotency_record ()')
  await expect(migrateDatabase(url)).rejects.toThrow('idempotency_record')
  expect(await schemaInWords()).toEqual([{ word: 'extension plpgsql' }])
})
