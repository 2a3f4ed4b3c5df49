import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Proxies, startProxies } from '../proxy/start-proxies.ts'
import { type ApiProcess, apiProcessOf } from './api.ts'
import { type Canary, startCanary } from './canary.ts'
import { type Platform, startPlatform } from './platform.ts'
import { type Postgres, startPostgres } from './postgres.ts'

const REMOVE_WHEN_ORPHANED = join(import.meta.dirname, '../../../packages/domain/test-support/remove-when-orphaned.ts')

/** One process of the API with the proxies that it hangs on. */
export interface Api extends ApiProcess {
  /** Name of its wire to the database, and of the one to the data platform. */
  databaseProxy: string
  platformProxy: string
}

/** Everything that runs: two processes of the API on one database, the data platform, and the proxies between them. */
export interface Cluster {
  /** Holds all data and logs. */
  directory: string
  authSecret: string
  postgres: Postgres
  platform: Platform
  apis: Api[]
  proxies: Proxies
  canary: Canary
  /** Starts the database after a crash, and leads the proxies to it. */
  restartPostgres(): Promise<void>
  /** Ends everything; the directory goes too, unless it is to be looked at. */
  close(options: { keep: boolean }): Promise<void>
}

/** Sets the stage. Both processes of the API start at once, on an empty database: both migrate it. */
export async function startCluster(): Promise<Cluster> {
  const directory = await mkdtemp(join(tmpdir(), 'jumun-chaos-'))
  // As root the database runs under another account, which has to pass through.
  await chmod(directory, 0o711)
  const watcher = spawn(process.execPath, [REMOVE_WHEN_ORPHANED, directory], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  const secret = `whsec_${randomBytes(32).toString('base64')}`
  const authSecret = randomBytes(32).toString('base64url')
  const [postgres, platform, proxies, canary] = await Promise.all([
    startPostgres(directory),
    startPlatform({ dataDir: directory, secret, log: join(directory, 'platform.log') }),
    startProxies(['A-database', 'A-platform', 'B-database', 'B-platform']),
    startCanary(),
  ])
  const lead = async () => {
    for (const name of ['A', 'B']) await proxies.setTarget(`${name}-database`, Number(new URL(postgres.url()).port))
  }
  await lead()
  const apis = await Promise.all(
    ['A', 'B'].map((name) => hangUp({ name, directory, postgres, platform, proxies, secret, authSecret })),
  )
  for (const api of apis) api.start()
  await Promise.all(apis.map((api) => api.ready()))
  return {
    directory,
    authSecret,
    postgres,
    platform,
    apis,
    proxies,
    canary,
    async restartPostgres() {
      await postgres.start()
      await lead()
    },
    async close({ keep }) {
      if (keep) watcher.kill('SIGKILL')
      await Promise.all(apis.map((api) => api.end('SIGKILL')))
      await platform.kill()
      proxies.stop()
      canary.close()
      await postgres.stop()
      if (!keep) await rm(directory, { recursive: true, force: true, maxRetries: 5 })
      watcher.stdin.end()
    },
  }
}

async function hangUp(options: {
  name: string
  directory: string
  postgres: Postgres
  platform: Platform
  proxies: Proxies
  secret: string
  authSecret: string
}): Promise<Api> {
  const { name, directory, postgres, platform, proxies, secret, authSecret } = options
  const databaseProxy = `${name}-database`
  const platformProxy = `${name}-platform`
  const databaseUrl = new URL(postgres.url())
  databaseUrl.port = String(proxies.ports[databaseProxy])
  await proxies.setTarget(platformProxy, platform.port)
  const dataDir = join(directory, `api-${name}`)
  await mkdir(dataDir)
  const api = await apiProcessOf({
    name,
    log: join(directory, `api-${name}.log`),
    env: {
      DATABASE_URL: databaseUrl.href,
      DATA_DIR: dataDir,
      DATA_PLATFORM_URL: `http://127.0.0.1:${proxies.ports[platformProxy]}`,
      DATA_PLATFORM_SECRET: secret,
      AUTH_SECRET: authSecret,
      ALLOW_SELF_CHARGE: 'true',
      RATE_LIMIT_PER_SECOND: '0',
      LOG_LEVEL: 'warn',
    },
  })
  return { ...api, databaseProxy, platformProxy }
}
