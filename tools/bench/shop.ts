import { randomBytes } from 'node:crypto'
import { issueToken } from '@jumun/api'
import { createJumunClient, type JumunClient } from '@jumun/client'
import { type Database, migrateDatabase, openDatabase } from '@jumun/domain'
import { startEmbeddedPostgres } from '@jumun/embedded-postgres'
import { createDataDir, postmasterOf } from '@jumun/test-kit/data-dir'
import { onServer, urlOfDatabase } from '@jumun/test-kit/on-server'
import { programs, startProgram } from '@jumun/test-kit/program'
import { escapeIdentifier } from 'pg'

/** The address in the first log line of the API and in the output of the mock data platform. */
const ADDRESS = /(?:"url":"|listening on )(http:[^"\s]+)(?=["\s])/
const TOKEN_SECONDS = 86_400
const CALL_TIMEOUT_MS = 600_000

/** An API process under measurement. */
export interface BenchApi {
  url: string
  authSecret: string
  pid: number
  stop(): Promise<void>
}

/** A process of the mock data platform. */
export interface BenchPlatform {
  url: string
  secret: string
  pid: number
}

interface BenchApiOptions {
  /** Another database of the same server, or another way to it. */
  databaseUrl?: string
  /** The secret of another process of the same shop. Default: a new one. */
  authSecret?: string
  /** Default: a new mock data platform. */
  platform?: Pick<BenchPlatform, 'url' | 'secret'>
  /** Settings that differ from those of the other benchmarks, which have no limits. */
  settings?: Record<string, string>
}

/** A shop in a temporary directory. Everything stops and is removed when the shop is disposed or the bench is interrupted. */
export interface BenchShop extends AsyncDisposable {
  databaseUrl: string
  /** Process id of the PostgreSQL server. */
  postgresPid: number
  /** Creates another empty database for a shop on the same server and returns its URL. */
  addDatabase(name: string): Promise<string>
  startPlatform(): Promise<BenchPlatform>
  startApi(options?: BenchApiOptions): Promise<BenchApi>
}

/** Starts the PostgreSQL of a shop, and says where its data directory is. */
type StartPostgres = (stops: AsyncDisposableStack) => Promise<{ url: string; dataDir: string }>

const startPostgres: StartPostgres = async (stops) => {
  const { path: dataDir, remove } = await createDataDir()
  stops.defer(remove)
  const postgres = await startEmbeddedPostgres({ dataDir, settings: { max_wal_size: '4GB' } })
  stops.defer(postgres.stop)
  return { url: postgres.url, dataDir }
}

/** Starts an empty shop on an embedded PostgreSQL with the durable settings of `npm start`, or on another one. */
export async function startShop(start: StartPostgres = startPostgres): Promise<BenchShop> {
  const stops = new AsyncDisposableStack()
  const onSignal = () => void stops.disposeAsync().finally(() => process.exit(130))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, onSignal)
    stops.defer(() => void process.off(signal, onSignal))
  }
  const { dataDir, ...postgres } = await start(stops)
  await migrateDatabase(postgres.url)
  const { pid: postgresPid } = await postmasterOf(dataDir)
  const startPlatform = async () => {
    const secret = `whsec_${randomBytes(32).toString('base64')}`
    const env = { DATA_DIR: dataDir, DATA_PLATFORM_SECRET: secret, MOCK_DATA_PLATFORM_PORT: '0' }
    return { ...(await startProcess(programs.platform, env, stops)), secret }
  }
  return {
    databaseUrl: postgres.url,
    postgresPid,
    addDatabase: (name) => addDatabase(postgres.url, name),
    startPlatform,
    async startApi({ databaseUrl = postgres.url, authSecret = newSecret(), platform, settings } = {}) {
      const { url, secret } = platform ?? (await startPlatform())
      const env = {
        DATABASE_URL: databaseUrl,
        DATA_DIR: dataDir,
        DATA_PLATFORM_URL: url,
        DATA_PLATFORM_SECRET: secret,
        AUTH_SECRET: authSecret,
        PORT: '0',
        RATE_LIMIT_PER_SECOND: '0',
        ...settings,
      }
      return { ...(await startProcess(programs.api, env, stops)), authSecret }
    },
    [Symbol.asyncDispose]: () => stops.disposeAsync(),
  }
}

/** A secret for tokens. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** Opens a database that is closed when disposed. */
export async function openBenchDatabase(
  options: Parameters<typeof openDatabase>[0],
): Promise<Database & AsyncDisposable> {
  const database = await openDatabase(options)
  return Object.assign(database, { [Symbol.asyncDispose]: () => database.close(true) })
}

/** Creates an admin's client with a timeout of ten minutes. */
export async function adminClient({ url, authSecret }: BenchApi): Promise<JumunClient> {
  const token = await issueToken(authSecret, { memberId: 'bench', role: 'admin', expiresInSeconds: TOKEN_SECONDS })
  return createJumunClient({ url, token, timeoutMs: CALL_TIMEOUT_MS })
}

async function addDatabase(serverUrl: string, name: string): Promise<string> {
  await onServer(serverUrl, `create database ${escapeIdentifier(name)}`)
  const url = urlOfDatabase(serverUrl, name)
  await migrateDatabase(url)
  return url
}

/** Starts a server and resolves when it has printed its address. */
async function startProcess(file: string, env: Record<string, string>, stops: AsyncDisposableStack) {
  // The mock data platform ends when its channel to this process closes.
  const program = startProgram(file, { env, ipc: true })
  const stop = async () => void (await program.kill('SIGTERM'))
  stops.defer(stop)
  await program.waitFor(ADDRESS)
  const [, url = ''] = ADDRESS.exec(program.stdout) ?? []
  return { url, pid: program.process.pid as number, stop }
}
