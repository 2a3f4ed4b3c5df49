import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { issueToken } from '@jumun/api'
import { createJumunClient, type JumunClient } from '@jumun/client'
import { type Database, migrateDatabase, openDatabase } from '@jumun/domain'
import { startEmbeddedPostgres } from '@jumun/embedded-postgres'
import { Client } from 'pg'

const API = join(import.meta.dirname, '../../apps/api/src/main.ts')
const MOCK_PLATFORM = join(import.meta.dirname, '../../packages/mock-data-platform/src/main.ts')
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
  /** Another database of the same server. */
  databaseUrl?: string
  /** Default: a new mock data platform. */
  platform?: Pick<BenchPlatform, 'url' | 'secret'>
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

/** Starts an empty shop on an embedded PostgreSQL with the durable settings of `npm start`. */
export async function startShop(): Promise<BenchShop> {
  const stops = new AsyncDisposableStack()
  const onSignal = () => void stops.disposeAsync().finally(() => process.exit(130))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, onSignal)
    stops.defer(() => void process.off(signal, onSignal))
  }
  const dataDir = await mkdtemp(join(tmpdir(), 'jumun-bench-'))
  stops.defer(() => rm(dataDir, { recursive: true, force: true }))
  // When we are root, the server runs as another account, which needs access to the directory.
  await chmod(dataDir, 0o711)
  const postgres = await startEmbeddedPostgres({ dataDir, settings: { max_wal_size: '4GB' } })
  stops.defer(postgres.stop)
  await migrateDatabase(postgres.url)
  const [postgresPid] = (await readFile(join(dataDir, 'postgres/postmaster.pid'), 'utf8')).split('\n')
  const startPlatform = async () => {
    const secret = `whsec_${randomBytes(32).toString('base64')}`
    const env = { DATA_DIR: dataDir, DATA_PLATFORM_SECRET: secret, MOCK_DATA_PLATFORM_PORT: '0' }
    return { ...(await startProcess(MOCK_PLATFORM, env, stops)), secret }
  }
  return {
    databaseUrl: postgres.url,
    postgresPid: Number(postgresPid),
    addDatabase: (name) => addDatabase(postgres.url, name),
    startPlatform,
    async startApi({ databaseUrl = postgres.url, platform } = {}) {
      const { url, secret } = platform ?? (await startPlatform())
      const authSecret = randomBytes(32).toString('base64url')
      const env = {
        DATABASE_URL: databaseUrl,
        DATA_DIR: dataDir,
        DATA_PLATFORM_URL: url,
        DATA_PLATFORM_SECRET: secret,
        AUTH_SECRET: authSecret,
        PORT: '0',
        RATE_LIMIT_PER_SECOND: '0',
      }
      return { ...(await startProcess(API, env, stops)), authSecret }
    },
    [Symbol.asyncDispose]: () => stops.disposeAsync(),
  }
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
  const client = new Client(serverUrl)
  await client.connect()
  await client.query(`create database ${client.escapeIdentifier(name)}`)
  await client.end()
  const url = new URL(serverUrl)
  url.pathname = name
  await migrateDatabase(url.href)
  return url.href
}

/** Starts a server and resolves when it has printed its address. */
async function startProcess(file: string, env: Record<string, string>, stops: AsyncDisposableStack) {
  // The mock data platform ends when its channel to this process closes.
  const child = spawn(process.execPath, [file], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    env: { PATH: process.env['PATH'], ...env },
  })
  const stop = () => stopProcess(child)
  stops.defer(stop)
  const stdout = child.stdout as Readable
  for await (const line of createInterface(stdout)) {
    const [, url] = /(?:"url":"|listening on )(http:[^"\s]+)/.exec(line) ?? []
    if (url === undefined) continue
    stdout.resume()
    return { url, pid: child.pid as number, stop }
  }
  throw new Error(`${file} did not start.`)
}

async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}
