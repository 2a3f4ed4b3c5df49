import { onServer } from '@jumun/test-kit/on-server'
import { createTestDatabase } from '@jumun/test-kit/test-database'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { checkDatabase } from '../../src/database/check-database.ts'
import { SESSION_LIMITS } from '../../src/database/limits.ts'
import { MIGRATION_LOCK, migrateDatabase } from '../../src/database/migrate.ts'
import { migrationsList } from '../../src/database/migrations/index.ts'
import { type Database, openDatabase } from '../../src/database/orm.ts'
import { SessionClient } from '../../src/database/session-client.ts'

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

/** Drops everything that migrations create. */
async function emptyDatabase(): Promise<void> {
  await onServer(url, 'drop schema public cascade; create schema public')
}

/** Describes each column, constraint, index, trigger, function and extension as text, without the tables of the migrator. */
async function describeSchema(): Promise<unknown[]> {
  return onServer(
    url,
    `with ours as (select oid, relname from pg_class
       where relnamespace = 'public'::regnamespace and relname !~ '^mikro_orm_migrations')
     select relname || ' ' || attname || ' ' || format_type(atttypid, atttypmod) || ' ' || attnotnull::text || ' '
              || coalesce(pg_get_expr(adbin, adrelid), '') || coalesce(col_description(ours.oid, attnum), '') as description
       from ours join pg_attribute on attrelid = ours.oid and attnum > 0 and not attisdropped
       left join pg_attrdef on adrelid = ours.oid and adnum = attnum
     union all select relname || ' ' || pg_get_constraintdef(c.oid) from ours join pg_constraint c on conrelid = ours.oid
     union all select pg_get_indexdef(indexrelid) from ours join pg_index on indrelid = ours.oid
     union all select pg_get_triggerdef(t.oid) from ours join pg_trigger t on tgrelid = ours.oid and not tgisinternal
     union all select 'function ' || proname from pg_proc where pronamespace = 'public'::regnamespace
     union all select 'extension ' || extname from pg_extension
     order by description`,
  )
}

test('the migrated schema matches the entities', async () => {
  const database = await open()
  expect(await database.schema.getUpdateSchemaSQL()).toBe('')
})

test('reverting all migrations leaves an empty schema, and applying them again restores the schema', async () => {
  const before = await describeSchema()
  const database = await open()
  await database.migrator.down({ to: 0 })
  expect(await describeSchema()).toEqual([{ description: 'extension plpgsql' }])
  await database.migrator.up()
  expect(await describeSchema()).toEqual(before)
  expect(await database.schema.getUpdateSchemaSQL()).toBe('')
})

test('each migration can be reverted and applied on its own', async () => {
  const database = await open()
  for (const { name } of migrationsList.toReversed()) {
    const withIt = await describeSchema()
    await database.migrator.down()
    const withoutIt = await describeSchema()
    await database.migrator.up({ migrations: [name] })
    expect(await describeSchema()).toEqual(withIt)
    await database.migrator.down()
    expect(await describeSchema()).toEqual(withoutIt)
  }
})

test('concurrent migrations of an empty database give the same schema as one migration', async () => {
  const before = await describeSchema()
  await emptyDatabase()
  await Promise.all([migrateDatabase(url), migrateDatabase(url), migrateDatabase(url)])
  expect(await describeSchema()).toEqual(before)
  const database = await open()
  expect(await database.migrator.getPending()).toEqual([])
  expect((await database.migrator.getExecuted()).map((row) => row.name)).toEqual(migrationsList.map(({ name }) => name))
})

test('migrating a migrated database changes neither its schema nor its rows', async () => {
  await onServer(url, `insert into point_account (member_id, balance) values ('mina', 7)`)
  const before = await describeSchema()
  await migrateDatabase(url)
  expect(await describeSchema()).toEqual(before)
  expect(await onServer(url, 'select balance::int from point_account')).toEqual([{ balance: 7 }])
})

test('a start with nothing to migrate does not wait for the migration of another process', async () => {
  const other = await open()
  await other.em.transactional(async (em) => {
    await em.execute('select pg_advisory_xact_lock(?, hashtext(current_schema()))', [MIGRATION_LOCK])
    await migrateDatabase(url)
  })
})

const databaseName = () => new URL(url).pathname.slice(1)

test('the search_path of a database does not matter', async () => {
  await emptyDatabase()
  await onServer(url, 'create schema other')
  await onServer(url, `alter database ${databaseName()} set search_path = other, public`)
  await migrateDatabase(url)
  const found = await onServer(url, `select distinct schemaname from pg_tables where schemaname !~ '^pg_|^information'`)
  expect(found).toEqual([{ schemaname: 'public' }])
})

test('a database that is read-only is refused in one line', async () => {
  await onServer(url, `alter database ${databaseName()} set default_transaction_read_only = on`)
  await expect(migrateDatabase(url)).rejects.toThrow(/^The database is read-only: [^\n]+$/)
})

test('a start behind a pooler that drops the limits of a transaction is refused with one line that names the limit', async () => {
  const client = new SessionClient({ connectionString: url, ...SESSION_LIMITS, lock_timeout: 0 })
  await client.connect()
  onTestFinished(() => client.end())
  await expect(checkDatabase(client)).rejects.toThrow(
    /^lock_timeout is 0 inside a transaction that set it to 1400: a pooler [^\n]+$/,
  )
})

test('a database with another encoding than UTF-8 is refused in one line, before it is changed', async () => {
  const name = `${databaseName()}_latin`
  await onServer(url, `create database ${name} encoding 'LATIN1' locale 'C' template template0`)
  const latin = url.replace(databaseName(), name)
  onTestFinished(async () => void (await onServer(url, `drop database ${name} with (force)`)))
  await expect(migrateDatabase(latin)).rejects.toThrow('The database has the encoding LATIN1; create one with UTF8.')
  expect(await onServer(latin, `select 1 from pg_tables where schemaname = 'public'`)).toEqual([])
})

test('the lock of a migration belongs to a transaction, so that no session of a pooler keeps it', async () => {
  const other = await open()
  await other.migrator.down()
  const holders = await other.em.transactional(async (em) => {
    // The migration that is pending waits when it records itself.
    await em.execute('lock table mikro_orm_migrations in exclusive mode')
    const migrating = migrateDatabase(url)
    const read = () =>
      onServer(
        url,
        `select state from pg_locks join pg_stat_activity using (pid)
          where locktype = 'advisory' and granted and datname = current_database()`,
      )
    await expect.poll(read).not.toEqual([])
    return { states: await read(), migrating }
  })
  await holders.migrating
  expect(holders.states).toEqual([{ state: 'idle in transaction' }])
})

test('a failed migration leaves the schema unchanged', async () => {
  await emptyDatabase()
  // The extension is the database's.
  await onServer(url, 'create table idempotency_record (); create extension pg_trgm')
  const before = await describeSchema()
  await expect(migrateDatabase(url)).rejects.toThrow('idempotency_record')
  expect(await describeSchema()).toEqual(before)
})
