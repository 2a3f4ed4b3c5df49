import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { migrateDatabase, startEmbeddedPostgres } from '@jumun/domain'

const API = join(import.meta.dirname, '../../apps/api/src/main.ts')

/** An API under measurement, and the key to its tokens. */
export interface BenchApi {
  url: string
  authSecret: string
}

/** A shop of its own, in a temporary directory, that goes when the measurement ends or is interrupted. */
export interface BenchShop extends AsyncDisposable {
  databaseUrl: string
  /** Starts the API in a process of its own. */
  startApi(): Promise<BenchApi>
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
  return {
    databaseUrl: postgres.url,
    startApi: () => startApi({ databaseUrl: postgres.url, dataDir, stops }),
    [Symbol.asyncDispose]: () => stops.disposeAsync(),
  }
}

async function startApi(options: { databaseUrl: string; dataDir: string; stops: AsyncDisposableStack }) {
  const { databaseUrl, dataDir, stops } = options
  const authSecret = randomBytes(32).toString('base64url')
  const child = spawn(process.execPath, [API], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      DATABASE_URL: databaseUrl,
      DATA_DIR: dataDir,
      DATA_PLATFORM_URL: await startPlatform(stops),
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
    return { url, authSecret }
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
