import type { Client } from 'pg'
import { checkDatabase } from './check-database.ts'
import { migrationsList } from './migrations/index.ts'
import { openDatabase } from './orm.ts'
import { SessionClient } from './session-client.ts'

/** An arbitrary number that no other advisory lock in this database uses. */
export const MIGRATION_LOCK = 7_201_966

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
    if (await isMigrated(client)) return
    // The transaction holds the lock. A session's lock would outlive this process in a pooler's session, and block every start.
    await client.query('begin')
    await client.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK])
    await migrateSchema(url)
    await client.query('commit')
  } finally {
    await client.end()
  }
}

/** Whether nothing is pending, as at nearly every start. Far cheaper than the mapper, and waits for no lock. */
async function isMigrated(client: Client): Promise<boolean> {
  const table = await client.query<{ exists: boolean }>(
    `select to_regclass('mikro_orm_migrations') is not null as "exists"`,
  )
  if (!table.rows[0]?.exists) return false
  const { rows } = await client.query<{ name: string }>('select name from mikro_orm_migrations')
  const applied = new Set(rows.map(({ name }) => name))
  return migrationsList.every(({ name }) => applied.has(name))
}

async function migrateSchema(url: string): Promise<void> {
  await using orm = await openDatabase({ url, poolSize: 1 })
  await orm.migrator.up()
}
