import { onServer } from '@jumun/test-kit/on-server'
import { createTestDatabase } from '@jumun/test-kit/test-database'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { migrateDatabase } from '../../src/database/migrate.ts'
import { openDatabase } from '../../src/database/orm.ts'

let url: string

// The newest migration is pending, and the database calls a function whenever a migration has changed something.
beforeEach(async () => {
  const { url: created, drop } = await createTestDatabase()
  onTestFinished(drop)
  url = created
  await using database = await openDatabase({ url })
  await database.migrator.down()
})

async function atEachChange(statements: string): Promise<void> {
  await onServer(
    url,
    `create function at_change() returns event_trigger language plpgsql as $$ begin ${statements} end $$`,
  )
  await onServer(url, 'create event trigger at_change on ddl_command_end execute function at_change()')
}

test('a statement of a migration may run for an hour, and waits for a lock no longer than any other', async () => {
  await onServer(url, 'create table seen (limits text[])')
  await atEachChange(
    `insert into seen values (array[current_setting('statement_timeout'), current_setting('lock_timeout')]);`,
  )
  await migrateDatabase(url)
  expect(await onServer(url, 'select distinct limits from seen')).toEqual([{ limits: ['1h', '1400ms'] }])
})

test('during a long migration, the connection that holds the lock is not idle for long, so that a pooler keeps it', async () => {
  await onServer(url, 'create table is_over ()')
  await atEachChange('while not exists (select from is_over) loop perform pg_sleep(0.02); end loop;')
  const migrating = migrateDatabase(url)
  const lastStatement = `select query from pg_locks join pg_stat_activity using (pid)
     where locktype = 'advisory' and granted and datname = current_database()`
  await expect.poll(() => onServer(url, lastStatement)).toEqual([{ query: 'select' }])
  await onServer(url, 'insert into is_over default values')
  expect(await migrating).toHaveLength(1)
})
