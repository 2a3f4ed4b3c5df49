import { createTestDatabase } from '@jumun/test-kit/test-database'
import { expect, onTestFinished, test } from 'vitest'
import { migrateDatabase } from '../../src/database/migrate.ts'
import { type Database, openDatabase } from '../../src/database/orm.ts'
import { deliverBatch } from '../../src/delivery/deliver-batch.ts'
import { listOutbox } from '../../src/delivery/list-outbox.ts'
import { useDataPlatform } from '../delivery/support/data-platform.ts'
import { anEvent } from '../delivery/support/events.ts'

const platform = useDataPlatform()

/** The columns of pg-boss 12 that the migration reads. */
const PG_BOSS = `
  create schema pgboss;
  create type pgboss.job_state as enum ('created', 'retry', 'active', 'completed', 'cancelled', 'failed');
  create table pgboss.job (
    id uuid not null default gen_random_uuid(), name text not null, data jsonb, state pgboss.job_state not null default 'created',
    retry_count int not null default 0, output jsonb, created_on timestamptz not null default now(), primary key (name, id)
  ) partition by list (name);
  create table pgboss.job_common partition of pgboss.job default`

/** Opens a database of the release that used pg-boss. */
async function openOldDatabase(): Promise<{ url: string; database: Database }> {
  const test = await createTestDatabase()
  onTestFinished(test.drop)
  const database = await openDatabase({ url: test.url })
  onTestFinished(() => database.close(true))
  await database.migrator.down({ to: '2026-11-28-change-feed' })
  await database.migrator.down()
  await database.em.execute(PG_BOSS)
  return { url: test.url, database }
}

test('events that wait in the queues of pg-boss, and dead letters there, are taken over with their ids, counts and reasons', async () => {
  const {
    url,
    database: { em },
  } = await openOldDatabase()
  const [fresh, retried, dead, gone] = [
    anEvent(),
    anEvent({ type: 'order.cancelled', version: 2 }),
    anEvent(),
    anEvent(),
  ]
  const insert =
    'insert into pgboss.job (name, data, state, retry_count, output) values (?, ?::jsonb, ?::pgboss.job_state, ?, ?::jsonb)'
  const add = (...values: unknown[]) => em.execute(insert, values)
  await add('data-platform', JSON.stringify(fresh), 'created', 0, null)
  await add('data-platform', JSON.stringify(retried), 'retry', 7, '{"reason":"No.","rejections":3}')
  const letter = { ...dead, rejection: 'Never.', attempts: 20 }
  await add('data-platform-dead-letters', JSON.stringify(letter), 'created', 0, null)
  await add('data-platform', JSON.stringify(gone), 'completed', 0, null)

  await migrateDatabase(url)
  const list = async (state: 'waiting' | 'dead') =>
    (await listOutbox(em, { state, limit: 10 })).items.map(({ eventId, attempts, reason }) => ({
      eventId,
      attempts,
      reason,
    }))
  expect(await list('waiting')).toEqual(
    expect.arrayContaining([
      { eventId: fresh.id, attempts: 0, reason: null },
      { eventId: retried.id, attempts: 7, reason: 'No.' },
    ]),
  )
  expect(await list('dead')).toEqual([{ eventId: dead.id, attempts: 20, reason: 'Never.' }])
  expect(await deliverBatch({ em, platform })).toMatchObject({ delivered: 2, failed: 0 })
  expect(platform.requests.flatMap(({ events }) => events)).toEqual(expect.arrayContaining([fresh, retried]))
  const [{ schemas }] = await em.execute<[{ schemas: number }]>(
    `select count(*)::int as schemas from pg_namespace where nspname = 'pgboss'`,
  )
  expect(schemas).toBe(0)
})
