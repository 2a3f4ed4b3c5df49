import { MikroORM } from '@mikro-orm/postgresql'
import type { Pool } from 'pg'
import { DatabaseServers } from './database-servers.ts'
import { entities } from './entities.ts'
import { CONNECT_TIMEOUT_MS, SESSION_LIMITS, STATEMENT_TIMEOUT_MS } from './limits.ts'
import { migrationsList } from './migrations/index.ts'
import { releaseBrokenConnections } from './release-broken-connections.ts'
import { DEFAULT_SCHEMA, sessionName } from './schema.ts'
import { setSocketTimeouts } from './socket-timeout.ts'
import { PreparingClient } from './statement.ts'

/** How long after the statement timeout the server may still take to end a statement. */
const SOCKET_GRACE_MS = 1_000

/** The object-relational mapper over the domain's entities. */
export type Database = MikroORM

/** Where the database is, and the limits of its connections. */
export interface DatabaseOptions {
  /**
   * `postgres://user:password@host:port,host:port/database?sslmode=…`, PostgreSQL 15 or later. Or a `DatabaseServers`, so that several
   * pools share what it knows of the servers.
   */
  url: string | DatabaseServers
  /** The schema of the shop, a plain identifier; default `public`. */
  schema?: string
  /** The most connections at once; default 10. */
  poolSize?: number
  /** How long one statement may run, in milliseconds; default 15,000. */
  statementTimeoutMs?: number
  /** Receives the mapper's warnings, such as an idle connection that broke. */
  onWarning?: (message: string) => void
}

/** Opens the object-relational mapper, which connects on first use. Close it with `orm.close()`. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { url, schema = DEFAULT_SCHEMA, poolSize = 10, statementTimeoutMs = STATEMENT_TIMEOUT_MS, onWarning } = options
  const servers = typeof url === 'string' ? new DatabaseServers(url) : url
  return MikroORM.init({
    clientUrl: servers.url,
    entities,
    // The check would cost each pool a statement, and a missing database makes the connection fail anyway.
    ensureDatabase: false,
    pool: { min: 0, max: poolSize },
    // A function, because the mapper copies objects.
    driverOptions: () => ({
      onPoolCreated(pool: Pool) {
        releaseBrokenConnections(pool)
        setSocketTimeouts(pool, statementTimeoutMs + SOCKET_GRACE_MS)
      },
      Client: PreparingClient,
      // The mapper reads only host, user and database from `clientUrl`; `sslmode` and other parameters need the full url.
      connectionString: servers.url,
      servers,
      schema,
      application_name: sessionName(schema),
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      ...SESSION_LIMITS,
      statement_timeout: statementTimeoutMs,
    }),
    // The mapper does not know the functions that migrations create, and would drop them.
    schemaGenerator: { ignoreRoutines: true },
    migrations: { migrationsList, tableName: `${schema}.mikro_orm_migrations`, snapshot: false, silent: true },
    colors: false,
    logger: onWarning ?? (() => {}),
  })
}
