import { checkDatabase } from './check-database.ts'
import { openDatabase } from './orm.ts'
import { SessionClient } from './session-client.ts'

/** An arbitrary number that no other advisory lock in this database uses. */
const MIGRATION_LOCK = 7_201_966

/** How long a process waits for the migration of another one, which may build an index. */
const LOCK_WAIT_MS = 300_000

/**
 * Migrates the database's schema. Safe to run again, and from several processes at once: an advisory
 * lock lets one of them run while the others wait. Throws, before it changes anything, if the database cannot be used.
 *
 * @param url `postgres://…`, of a role that may create tables, schemas and the extension pg_trgm
 */
export async function migrateDatabase(url: string): Promise<void> {
  const limits = { statement_timeout: 0, lock_timeout: LOCK_WAIT_MS, idle_in_transaction_session_timeout: 0 }
  const client = new SessionClient({ connectionString: url, ...limits })
  // Without a listener, a connection that breaks while idle would end the process; the next query reports it anyway.
  client.on('error', () => {})
  await client.connect()
  try {
    await checkDatabase(client)
    // The transaction holds the lock. A session's lock would outlive this process in a pooler's session, and block every start.
    await client.query('begin')
    await client.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK])
    await migrateSchema(url)
    await client.query('commit')
  } finally {
    await client.end()
  }
}

async function migrateSchema(url: string): Promise<void> {
  await using orm = await openDatabase({ url, poolSize: 1 })
  await orm.migrator.up()
}
