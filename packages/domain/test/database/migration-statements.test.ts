import { createTestDatabase } from '@jumun/test-kit/test-database'
import { Migration } from '@mikro-orm/migrations'
import { expect, onTestFinished, test } from 'vitest'
import { migrateDatabase } from '../../src/database/migrate.ts'
import { breaksOlder, droppedBy } from '../../src/database/migration-statements.ts'
import { migrationsList } from '../../src/database/migrations/index.ts'
import { migrationsToRevert, readMigrations, revertMigrations } from '../../src/database/revert-migrations.ts'

async function testDatabase(): Promise<string> {
  const { url, drop } = await createTestDatabase()
  onTestFinished(drop)
  return url
}

test.each([
  ['create table "tea" ("id" int)', false],
  ['create index tea_index on "order" (id)', false],
  ['drop index tea_index', false],
  ['alter table "order" add column "tea" int null, add constraint "tea_check" check (tea > 0)', false],
  ['alter table product add column "tea" int null;\ncreate unique index tea_unique on product (tea)', false],
  ['create table "tea" (id int);\nalter table "tea" add constraint tea_check check (id > 0)', false],
  ['create or replace function tea() returns int language sql as $$ select 1 $$', false],
  ['alter table "order" add constraint "tea_check" check (total > 0)', true],
  ['create unique index tea_unique on product (name)', true],
  ['alter table "order" drop column "tea"', true],
  ['alter table "order" rename column "a" to "b"', true],
  ['alter table "order" alter column "total" set not null', true],
  ['drop table "tea"', true],
  ['drop function tea', true],
])('%s: an older release may fail: %s', (sql, breaks) => {
  expect(breaksOlder(sql)).toBe(breaks)
})

test('the tables and columns that a migration drops are found', () => {
  const sql = [
    'drop table if exists tea',
    'drop table "order"',
    'alter table "point_entry" drop column "actor", drop column if exists reason',
    'drop index tea_index',
    'alter table product drop constraint product_check',
  ]
  expect(droppedBy(sql.join(';\n'))).toEqual([
    { table: 'tea' },
    { table: 'order' },
    { table: 'point_entry', column: 'actor' },
    { table: 'point_entry', column: 'reason' },
  ])
})

test('a migration without a way back is not reverted', async () => {
  const url = await testDatabase()
  class OneWay extends Migration {
    override up(): void {
      this.addSql('create table one_way (id int)')
    }
  }
  migrationsList.push({ name: '9999-01-01-one-way', class: OneWay })
  onTestFinished(() => void migrationsList.pop())
  expect(await migrateDatabase(url)).toEqual(['9999-01-01-one-way'])
  const states = await readMigrations(url)
  expect(() => migrationsToRevert(states)).toThrow(
    /^The migration 9999-01-01-one-way cannot be reverted; restore a backup\.$/,
  )
})

test('nothing is reverted if another process has migrated since the migrations were chosen', async () => {
  const url = await testDatabase()
  const [name = '', next = ''] = migrationsToRevert(await readMigrations(url), migrationsList.at(-3)?.name)
  await revertMigrations(url, 'public', [name])
  await expect(revertMigrations(url, 'public', [name])).rejects.toThrow(
    'Another process has migrated the schema meanwhile; nothing was reverted.',
  )
  expect(migrationsToRevert(await readMigrations(url))).toEqual([next])
})
