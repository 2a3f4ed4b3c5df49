import { type Client, escapeIdentifier } from 'pg'
import { checkDatabase } from './check-database.ts'
import { migrationsList } from './migrations/index.ts'
import { openDatabase } from './orm.ts'
import { DEFAULT_SCHEMA, sessionName } from './schema.ts'
import { SessionClient } from './session-client.ts'
import { createTrigrams } from './trigrams.ts'

/** An arbitrary number that no other advisory lock of the shop uses. */
export const MIGRATION_LOCK = 7_201_966

/** How long a process waits for the migration of another one, which may build an index. */
const LOCK_WAIT_MS = 300_000

/**
 * Migrates the shop's schema, and creates it where it is missing. Safe to run again, and from several processes at once: an advisory
 * lock lets one of them run while the others wait. Throws, before it changes anything, if the database cannot be used.
 *
 * @param url `postgres://…`, of a role that may create tables in the schema, or schemas in the database; and the extension pg_trgm
 * @param schema a plain identifier
 */
export async function migrateDatabase(url: string, schema: string = DEFAULT_SCHEMA): Promise<void> {
  const limits = { statement_timeout: 0, lock_timeout: LOCK_WAIT_MS, idle_in_transaction_session_timeout: 0 }
  const client = new SessionClient({ connectionString: url, schema, application_name: sessionName(schema), ...limits })
  // Without a listener, a connection that breaks while idle would end the process; the next query reports it anyway.
  client.on('error', () => {})
  await client.connect()
  try {
    await checkDatabase(client)
    if (await isMigrated(client)) return
    await underLock(client, schema, async () => {
      await createSchema(client, schema)
      const { rowCount } = await client.query(`select from pg_extension where extname = 'pg_trgm'`)
      if (rowCount === 0) await createTrigrams((sql) => client.query(sql))
    })
    // The mapper's own connection sees the schema after the transaction that created it only.
    await underLock(client, schema, () => migrateSchema(url, schema))
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

/** Works in a transaction that holds the lock. A session's lock would outlive this process in a pooler's session, and block every start. */
async function underLock(client: Client, schema: string, work: () => Promise<unknown>): Promise<void> {
  await client.query('begin')
  // Not the current schema, which may be missing yet.
  await client.query('select pg_advisory_xact_lock($1, hashtext($2))', [MIGRATION_LOCK, schema])
  await work()
  await client.query('commit')
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

async function migrateSchema(url: string, schema: string): Promise<void> {
  await using orm = await openDatabase({ url, schema, poolSize: 1 })
  await orm.migrator.up()
}
