import { Client, DatabaseError } from 'pg'
import { SUPERUSER } from './create-cluster.ts'
import { EmbeddedPostgresError, messageOf } from './embedded-postgres-error.ts'

const CONNECT_TIMEOUT_MS = 5_000
const DATABASE = 'jumun'

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const INVALID_CATALOG_NAME = '3D000'
const DUPLICATE_DATABASE = '42P04'
const WRONG_CREDENTIALS = ['28P01', '28000']

/** Either the database's url, or why the server is not ready yet. */
export type ServerState = { ready: true; url: string } | { ready: false; reason: string }

/**
 * Connects to a server's database `jumun`, and creates it if it is missing.
 *
 * @throws EmbeddedPostgresError when the server has another password
 */
export async function connectToServer(server: {
  port: number
  password: string
  passwordFile: string
}): Promise<ServerState> {
  const { port, password, passwordFile } = server
  const urlOf = (database: string) => `postgresql://${SUPERUSER}:${password}@127.0.0.1:${port}/${database}`
  try {
    await runQuery(urlOf(DATABASE)).catch((error) => {
      if (codeOf(error) !== INVALID_CATALOG_NAME) throw error
      return runQuery(urlOf('postgres'), `create database ${DATABASE}`)
    })
  } catch (error) {
    const code = codeOf(error)
    if (code && WRONG_CREDENTIALS.includes(code))
      throw new EmbeddedPostgresError(`PostgreSQL on port ${port} refuses the password in ${passwordFile}`)
    if (code !== DUPLICATE_DATABASE) return { ready: false, reason: messageOf(error) }
  }
  return { ready: true, url: urlOf(DATABASE) }
}

async function runQuery(url: string, statement = 'select 1'): Promise<void> {
  const client = new Client({ connectionString: url, ssl: false, connectionTimeoutMillis: CONNECT_TIMEOUT_MS })
  // Without a listener, a connection that breaks later would end the process.
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query(statement)
  } finally {
    await client.end()
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.code : undefined
}
