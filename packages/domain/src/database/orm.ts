import { MikroORM } from '@mikro-orm/postgresql'
import type { Pool } from 'pg'
import { entities } from './entities.ts'
import { migrationsList } from './migrations/index.ts'
import { releaseBrokenConnections } from './release-broken-connections.ts'
import { endSilentConnections } from './socket-timeout.ts'
import { prepareStatements } from './statement.ts'

/** How long one statement may run, wait for a lock, or idle inside a transaction, in milliseconds. */
const STATEMENT_TIMEOUT_MS = 15_000
/** Who is second in line for a row waits twice, for the head of the line and for the row: both together take 3 s at most. */
const LOCK_TIMEOUT_MS = 1_400
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 10_000
const CONNECT_TIMEOUT_MS = 2_500

/** How much later than it should a server may end a statement that took too long. */
const SILENCE_GRACE_MS = 1_000

/** Name of our sessions in `pg_stat_activity`. */
const APPLICATION_NAME = 'jumun'

/** The object-relational mapper over the domain's entities. */
export type Database = MikroORM

/** Where the database is and how many connections to keep. */
export interface DatabaseOptions {
  /** `postgres://user:password@host:port/database`, PostgreSQL 15 or later; with `?sslmode=…` for TLS and the like. */
  url: string
  /** The most connections at once; default 10. */
  poolSize?: number
  /** How long one statement may run, in milliseconds; default 15,000. */
  statementTimeoutMs?: number
  /** Told of connections that broke while nobody was using them. */
  onWarning?: (message: string) => void
}

/** Opens the object-relational mapper. Connections are made when they are needed; close it with `orm.close()`. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { url, poolSize = 10, statementTimeoutMs = STATEMENT_TIMEOUT_MS, onWarning } = options
  return MikroORM.init({
    clientUrl: url,
    entities,
    pool: { min: 0, max: poolSize },
    driverOptions: {
      onPoolCreated(pool: Pool) {
        releaseBrokenConnections(pool)
        prepareStatements(pool)
        endSilentConnections(pool, statementTimeoutMs + SILENCE_GRACE_MS)
      },
      // Of `clientUrl` the mapper takes host, user and database, and drops the rest: TLS too, which sslmode asks for.
      connectionString: url,
      application_name: APPLICATION_NAME,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      statement_timeout: statementTimeoutMs,
      lock_timeout: LOCK_TIMEOUT_MS,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    },
    migrations: { migrationsList, snapshot: false, silent: true },
    colors: false,
    logger: onWarning ?? (() => {}),
  })
}
