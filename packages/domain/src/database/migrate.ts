import { Client } from 'pg'
import { migrateOutbox } from '../delivery/outbox.ts'
import { openDatabase } from './orm.ts'

/** Any number will do, as long as nobody else locks the same one in this database. */
const MIGRATION_LOCK = 7_201_966

/**
 * Brings the database's schema up to date, the outbox's queues included. Safe to run again, and from several processes
 * at once: one does it, the others wait.
 *
 * @param url `postgres://…`, of a role that may create tables, schemas and the extension pg_trgm
 */
export async function migrateDatabase(url: string): Promise<void> {
  const client = new Client({ connectionString: url })
  // A server that goes away while nothing is asked of it must not end the process: the next query says so.
  client.on('error', () => {})
  await client.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK])
    const orm = await openDatabase({ url, poolSize: 1 })
    try {
      await orm.migrator.up()
    } finally {
      await orm.close()
    }
    await migrateOutbox(url)
  } finally {
    await client.end()
  }
}
