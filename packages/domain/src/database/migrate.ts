import { Client } from 'pg'
import { migrateOutbox } from '../delivery/outbox.ts'
import { openDatabase } from './orm.ts'

/** An arbitrary number that no other advisory lock in this database uses. */
const MIGRATION_LOCK = 7_201_966

/**
 * Migrates the database's schema and the outbox's queues. Safe to run again, and from several processes at once: an advisory
 * lock lets one of them run while the others wait.
 *
 * @param url `postgres://…`, of a role that may create tables, schemas and the extension pg_trgm
 */
export async function migrateDatabase(url: string): Promise<void> {
  const client = new Client({ connectionString: url })
  // Without a listener, a connection that breaks while idle would end the process; the next query reports it anyway.
  client.on('error', () => {})
  await client.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK])
    await migrateSchema(url)
    await migrateOutbox(url)
  } finally {
    await client.end()
  }
}

async function migrateSchema(url: string): Promise<void> {
  await using orm = await openDatabase({ url, poolSize: 1 })
  await orm.migrator.up()
}
