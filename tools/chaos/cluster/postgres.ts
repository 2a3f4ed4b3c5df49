import { setTimeout as sleep } from 'node:timers/promises'
import { startEmbeddedPostgres } from '@jumun/embedded-postgres'
import { postmasterOf } from '@jumun/test-kit/data-dir'
import { Client, type QueryResultRow } from 'pg'

const CONNECT_TIMEOUT_MS = 5_000
const QUERY_TIMEOUT_MS = 60_000
const POLL_MS = 10

/** The database of the cluster. It is durable and crashes often. */
export interface Postgres {
  /** The superuser's url of the database, without a proxy. It changes with each start. */
  url(): string
  /** Runs a statement over a connection of its own, without a proxy. */
  sql<Row extends QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>
  /** Stops it as `pg_ctl stop -m immediate` does: it writes no checkpoint and recovers at its next start. */
  crash(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
}

/** Creates a database cluster in a directory and starts it. */
export async function startPostgres(dataDir: string): Promise<Postgres> {
  const start = () => startEmbeddedPostgres({ dataDir, settings: { max_wal_size: '4GB' } })
  let server = await start()
  return {
    url: () => server.url,
    sql: (text, values) => query(server.url, text, values),
    async crash() {
      const { pid } = await postmasterOf(dataDir)
      // https://www.postgresql.org/docs/current/server-shutdown.html
      process.kill(pid, 'SIGQUIT')
      while (isRunning(pid)) await sleep(POLL_MS)
    },
    async start() {
      const before = server
      server = await start()
      await before.stop()
    },
    stop: () => server.stop(),
  }
}

async function query<Row extends QueryResultRow>(url: string, text: string, values: unknown[] = []): Promise<Row[]> {
  const client = new Client({
    connectionString: url,
    application_name: 'chaos',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
  })
  // The server may end at any moment; the statement then fails.
  client.on('error', () => {})
  try {
    await client.connect()
    return (await client.query<Row>(text, values)).rows
  } finally {
    await client.end().catch(() => {})
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
