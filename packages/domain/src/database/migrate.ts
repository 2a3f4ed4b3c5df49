import { type Client, type ClientConfig, escapeIdentifier } from 'pg'
import { checkDatabase } from './check-database.ts'
import { DatabaseServers } from './database-servers.ts'
import { MIGRATION_STATEMENT_TIMEOUT_MS, SESSION_LIMITS } from './limits.ts'
import { migrationsList } from './migrations/index.ts'
import { type Database, openDatabase } from './orm.ts'
import { DEFAULT_SCHEMA, sessionName } from './schema.ts'
import { SessionClient } from './session-client.ts'
import { createTrigrams } from './trigrams.ts'

/** An arbitrary number that no other advisory lock of the shop uses. */
export const MIGRATION_LOCK = 7_201_966

/** How long a process waits for the migration of another one, which may build an index. */
const LOCK_WAIT_MS = 300_000

/** How often the connection that holds the lock says that it is alive: poolers end a transaction that is idle for longer. */
const ALIVE_EVERY_MS = 1_000

/** How long a start waits for a server that does not answer. */
const CONNECT_WAIT_MS = 10_000

/**
 * Makes the server notice within a second that the client of a waiting transaction is gone. Otherwise the transaction would go on waiting,
 * and then hold the lock for a moment. Not every platform supports the setting.
 */
const NOTICE_DEAD_CLIENT = `do $$ begin
    perform set_config('client_connection_check_interval', '1000', true);
  exception when invalid_parameter_value then null;
  end $$`

/**
 * Migrates the shop's schema, and creates it where it is missing. Safe to run again, and from several processes at once: an advisory
 * lock lets one of them run while the others wait. Throws, before it changes anything, if the database cannot be used. Returns the
 * names of the migrations that it has applied.
 *
 * @param url `postgres://…`, of a role that may create tables in the schema, or schemas in the database; and the extension pg_trgm
 * @param schema a plain identifier
 * @param signal ends it at any point
 */
export async function migrateDatabase(url: string, schema = DEFAULT_SCHEMA, signal?: AbortSignal): Promise<string[]> {
  return withShop(url, schema, signal, async (shop, executed) => {
    // The usual case: there is nothing to migrate.
    if (migrationsList.every(({ name }) => executed.has(name))) return []
    return workUnderLock(
      shop,
      async (client) => {
        await createSchema(client, schema)
        const { rowCount } = await client.query(`select from pg_extension where extname = 'pg_trgm'`)
        if (rowCount === 0) await createTrigrams((sql) => client.query(sql))
      },
      async ({ migrator }) => (await migrator.up()).map(({ name }) => name),
    )
  })
}

/**
 * Checks a database, reads when each of its migrations was applied, oldest first, and runs work with that. The signal ends the work at any
 * point.
 */
export async function withShop<Result>(
  url: string,
  schema: string,
  signal: AbortSignal | undefined,
  work: (shop: Shop, executed: Map<string, Date>) => Promise<Result>,
): Promise<Result> {
  signal?.throwIfAborted()
  const servers = new DatabaseServers(url)
  const shop = { servers, schema, signal }
  const drop = () => servers.drop()
  signal?.addEventListener('abort', drop)
  try {
    const executed = await withClient(shop, SESSION_LIMITS, async (client) => {
      await checkDatabase(client)
      return readExecuted(client)
    })
    return await work(shop, executed)
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  } finally {
    signal?.removeEventListener('abort', drop)
  }
}

/** A shop: the servers of its database, and its schema. */
export interface Shop {
  servers: DatabaseServers
  schema: string
  signal: AbortSignal | undefined
}

async function withClient<Result>(
  shop: Shop,
  limits: Pick<ClientConfig, keyof typeof SESSION_LIMITS>,
  use: (client: Client) => Promise<Result>,
): Promise<Result> {
  const name = { application_name: sessionName(shop.schema) }
  const client = new SessionClient({ ...shop, ...name, connectionTimeoutMillis: CONNECT_WAIT_MS, ...limits })
  // Without a listener, a connection that breaks while idle would end the process; the next query reports it anyway.
  client.on('error', () => {})
  await client.connect()
  try {
    shop.signal?.throwIfAborted()
    return await use(client)
  } finally {
    await client.end()
  }
}

/** When each migration was applied. Far cheaper than the mapper, and waits for no lock. */
async function readExecuted(client: Client): Promise<Map<string, Date>> {
  const table = await client.query<{ exists: boolean }>(
    `select to_regclass('mikro_orm_migrations') is not null as "exists"`,
  )
  if (!table.rows[0]?.exists) return new Map()
  const { rows } = await client.query<{ name: string; executed_at: Date }>(
    'select name, executed_at from mikro_orm_migrations order by id',
  )
  return new Map(rows.map(({ name, executed_at }) => [name, executed_at]))
}

/**
 * Migrates while no other process does.
 *
 * @param prepare runs in a transaction of its own before, because the mapper's own connection sees a schema only after the transaction that
 *   created it
 */
export async function workUnderLock<Result>(
  shop: Shop,
  prepare: (client: Client) => Promise<void>,
  work: (orm: Database) => Promise<Result>,
): Promise<Result> {
  const { servers, schema } = shop
  const limits = { statement_timeout: 0, lock_timeout: LOCK_WAIT_MS, idle_in_transaction_session_timeout: 0 }
  return withClient(shop, limits, async (client) => {
    await underLock(client, schema, () => prepare(client))
    return underLock(client, schema, async () => {
      const statementTimeoutMs = MIGRATION_STATEMENT_TIMEOUT_MS
      await using orm = await openDatabase({ url: servers, schema, poolSize: 1, statementTimeoutMs })
      return await work(orm)
    })
  })
}

/** Works in a transaction that holds the lock. A session lock would stay in a pooler's session after this process, and block each start. */
async function underLock<Result>(client: Client, schema: string, work: () => Promise<Result>): Promise<Result> {
  await client.query('begin')
  await client.query(NOTICE_DEAD_CLIENT)
  // Not the current schema, which may be missing yet.
  await client.query('select pg_advisory_xact_lock($1, hashtext($2))', [MIGRATION_LOCK, schema])
  // A connection that broke is reported by the commit.
  const alive = setInterval(() => client.query('select').catch(() => {}), ALIVE_EVERY_MS)
  const result = await work().finally(() => clearInterval(alive))
  await client.query('commit')
  return result
}

/** Creates the schema if it is missing. Throws an error of one line if this role may not, or may create nothing in it. */
async function createSchema(client: Client, schema: string): Promise<void> {
  const { rows } = await client.query<{ role: string; found: boolean; usable: boolean; mayCreate: boolean }>(
    `select current_user as role, oid is not null as found, coalesce(has_schema_privilege(oid, 'create')
         and has_schema_privilege(oid, 'usage'), false) as usable,
       has_database_privilege(current_database(), 'create') as "mayCreate"
     from (select) one left join pg_namespace on nspname = $1`,
    [schema],
  )
  for (const { role, found, usable, mayCreate } of rows) {
    if (found && !usable)
      throw new Error(`The role ${role} may create nothing in the schema ${schema}; grant it create and usage on it.`)
    if (!found && !mayCreate)
      throw new Error(
        `The schema ${schema} is missing, and the role ${role} may not create it; create it, owned by the role.`,
      )
    if (!found) await client.query(`create schema ${escapeIdentifier(schema)}`)
  }
}
