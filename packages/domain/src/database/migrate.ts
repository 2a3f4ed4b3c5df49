import type { Client, ClientConfig } from 'pg'
import { checkDatabase } from './check-database.ts'
import { DatabaseServers } from './database-servers.ts'
import { SESSION_LIMITS } from './limits.ts'
import { migrationsList } from './migrations/index.ts'
import { openDatabase } from './orm.ts'
import { SessionClient } from './session-client.ts'

/** An arbitrary number that no other advisory lock in this database uses. */
export const MIGRATION_LOCK = 7_201_966

/** How long a process waits for the migration of another one, which may build an index. */
const LOCK_WAIT_MS = 300_000

/** How long a start waits for a server that does not answer. */
const CONNECT_WAIT_MS = 10_000

/**
 * The server notices within a second that the process of a waiting transaction is gone. Otherwise it would wait on, and then hold the lock
 * for a moment. Not every platform can.
 */
const NOTICE_DEAD_CLIENT = `do $$ begin
    perform set_config('client_connection_check_interval', '1000', true);
  exception when invalid_parameter_value then null;
  end $$`

/**
 * Migrates the database's schema. Safe to run again, and from several processes at once: an advisory
 * lock lets one of them run while the others wait. Throws, before it changes anything, if the database cannot be used.
 *
 * @param url `postgres://…`, of a role that may create tables, schemas and the extension pg_trgm
 * @param signal ends it at any point
 */
export async function migrateDatabase(url: string, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted()
  const servers = new DatabaseServers(url)
  const drop = () => servers.drop()
  signal?.addEventListener('abort', drop)
  try {
    const isCurrent = await withClient(servers, SESSION_LIMITS, async (client) => {
      signal?.throwIfAborted()
      await checkDatabase(client)
      return isMigrated(client)
    })
    if (isCurrent) return
    const limits = { statement_timeout: 0, lock_timeout: LOCK_WAIT_MS, idle_in_transaction_session_timeout: 0 }
    await withClient(servers, limits, async (client) => {
      signal?.throwIfAborted()
      // The transaction holds the lock. A session's lock would outlive this process in a pooler's session, and block every start.
      await client.query('begin')
      await client.query(NOTICE_DEAD_CLIENT)
      await client.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK])
      await migrateSchema(servers)
      await client.query('commit')
    })
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  } finally {
    signal?.removeEventListener('abort', drop)
  }
}

async function withClient<Result>(
  servers: DatabaseServers,
  limits: Pick<ClientConfig, keyof typeof SESSION_LIMITS>,
  use: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = new SessionClient({ servers, connectionTimeoutMillis: CONNECT_WAIT_MS, ...limits })
  // Without a listener, a connection that breaks while idle would end the process; the next query reports it anyway.
  client.on('error', () => {})
  await client.connect()
  try {
    return await use(client)
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

async function migrateSchema(servers: DatabaseServers): Promise<void> {
  await using orm = await openDatabase({ url: servers, poolSize: 1 })
  await orm.migrator.up()
}
