import { type ChildProcess, fork, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { migrateDatabase } from '@jumun/domain'
import { startEmbeddedPostgres } from '@jumun/embedded-postgres'
import { Client } from 'pg'

const API = join(import.meta.dirname, '../../apps/api/src/main.ts')
const MOCK_PLATFORM = join(import.meta.dirname, '../../packages/mock-data-platform/src/main.ts')

/** An API under measurement, and the key to its tokens. */
export interface BenchApi {
  url: string
  authSecret: string
  pid: number
  stop(): Promise<void>
}

/** The mock data platform, as a process. */
export interface BenchPlatform {
  url: string
  secret: string
  pid: number
}

/** How to start the API. */
interface BenchApiOptions {
  /** Another database of the same server. */
  databaseUrl?: string
  /** Where events go; default a platform in this process that takes everything at once. */
  platform?: Pick<BenchPlatform, 'url' | 'secret'>
  /** Options of Node.js, such as `--cpu-prof`. */
  nodeOptions?: string[]
}

/** A shop of its own, in a temporary directory, that goes when the measurement ends or is interrupted. */
export interface BenchShop extends AsyncDisposable {
  databaseUrl: string
  /** Process id of the PostgreSQL server. */
  postgresPid: number
  /** Makes another empty shop on the same server, and tells the address of its database. */
  addDatabase(name: string): Promise<string>
  /** Starts the mock data platform in a process of its own. */
  startPlatform(): Promise<BenchPlatform>
  /** Starts the API in a process of its own. */
  startApi(options?: BenchApiOptions): Promise<BenchApi>
}

/** Starts an empty shop on an embedded PostgreSQL that writes as durably as that of `npm start`. */
export async function startShop(): Promise<BenchShop> {
  const stops = new AsyncDisposableStack()
  const interrupted = () => void stops.disposeAsync().finally(() => process.exit(130))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, interrupted)
    stops.defer(() => void process.off(signal, interrupted))
  }
  const dataDir = await mkdtemp(join(tmpdir(), 'jumun-bench-'))
  stops.defer(() => rm(dataDir, { recursive: true, force: true }))
  // As root the server runs under another account, which has to pass through.
  await chmod(dataDir, 0o711)
  const postgres = await startEmbeddedPostgres({ dataDir, settings: { max_wal_size: '4GB' } })
  stops.defer(postgres.stop)
  await migrateDatabase(postgres.url)
  const [postgresPid] = (await readFile(join(dataDir, 'postgres/postmaster.pid'), 'utf8')).split('\n')
  return {
    databaseUrl: postgres.url,
    postgresPid: Number(postgresPid),
    addDatabase: (name) => addDatabase(postgres.url, name),
    startPlatform: () => startMockPlatform(dataDir, stops),
    startApi: (options = {}) => startApi({ databaseUrl: postgres.url, ...options, dataDir, stops }),
    [Symbol.asyncDispose]: () => stops.disposeAsync(),
  }
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

async function startMockPlatform(dataDir: string, stops: AsyncDisposableStack): Promise<BenchPlatform> {
  const secret = `whsec_${randomBytes(32).toString('base64')}`
  const env = {
    PATH: process.env['PATH'],
    DATA_DIR: dataDir,
    DATA_PLATFORM_SECRET: secret,
    MOCK_DATA_PLATFORM_PORT: '0',
  }
  const child = fork(MOCK_PLATFORM, { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  stops.defer(() => stopProcess(child))
  const [{ url }] = (await once(child, 'message')) as [{ url: string }]
  return { url, secret, pid: child.pid as number }
}

interface Place {
  databaseUrl: string
  dataDir: string
  stops: AsyncDisposableStack
}

async function startApi(options: BenchApiOptions & Place) {
  const { databaseUrl, dataDir, stops, platform, nodeOptions = [] } = options
  const authSecret = randomBytes(32).toString('base64url')
  const child = spawn(process.execPath, [...nodeOptions, API], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      DATABASE_URL: databaseUrl,
      DATA_DIR: dataDir,
      DATA_PLATFORM_URL: platform?.url ?? (await startPlatform(stops)),
      ...(platform && { DATA_PLATFORM_SECRET: platform.secret }),
      AUTH_SECRET: authSecret,
      PORT: '0',
      RATE_LIMIT_PER_SECOND: '0',
    },
  })
  stops.defer(() => stopProcess(child))
  for await (const line of createInterface(child.stdout)) {
    const { url } = JSON.parse(line) as { url?: string }
    if (url === undefined) continue
    child.stdout.resume()
    return { url, authSecret, pid: child.pid as number, stop: () => stopProcess(child) }
  }
  throw new Error('The API did not start.')
}

async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}

/** A data platform that takes everything at once, so that it is not what is measured. */
async function startPlatform(stops: AsyncDisposableStack): Promise<string> {
  const server = createServer(async (request, response) => {
    const body = JSON.parse(Buffer.concat(await request.toArray()).toString()) as { events: { id: string }[] }
    response.end(JSON.stringify({ accepted: body.events.map(({ id }) => id), duplicates: [], rejected: [] }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  stops.defer(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (typeof address !== 'object' || !address) throw new Error('The data platform has no address.')
  return `http://127.0.0.1:${address.port}`
}
