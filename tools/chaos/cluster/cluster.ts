import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createDataDir } from '@jumun/test-kit/data-dir'
import { removeWhenOrphaned } from '@jumun/test-kit/orphan-watch'
import { type PlatformProcess, startPlatformProcess } from '@jumun/test-kit/platform-process'
import { type Proxies, startProxies } from '../proxy/start-proxies.ts'
import { type ApiProcess, apiProcessOf } from './api.ts'
import { type Canary, startCanary } from './canary.ts'
import { type Postgres, startPostgres } from './postgres.ts'
import { seededRandom } from './seeded-random.ts'

/** One process of the API, with the proxies that it connects through. */
export interface Api extends ApiProcess {
  /** Names of its proxies to the database and to the data platform. */
  databaseProxy: string
  platformProxy: string
  /** Name of the proxy through which readers of the feed reach it. */
  readersProxy: string
}

/** All processes: two of the API on one database, the data platform, and the proxies between them. */
export interface Cluster {
  /** Holds all data and logs. */
  directory: string
  authSecret: string
  postgres: Postgres
  platform: PlatformProcess
  apis: Api[]
  proxies: Proxies
  canary: Canary
  /** Starts the database after a crash, and points the proxies to it. */
  restartPostgres(): Promise<void>
  /** Ends everything, and removes the directory unless `keep` is set. */
  close(options: { keep: boolean }): Promise<void>
}

/**
 * Starts the cluster. Both processes of the API start at once on an empty database, so both migrate it.
 *
 * @param seed decides the draws of all processes
 */
export async function startCluster(seed: number): Promise<Cluster> {
  const { path: directory, remove } = await createDataDir()
  const endWatch = removeWhenOrphaned(directory)
  const secret = `whsec_${randomBytes(32).toString('base64')}`
  const authSecret = randomBytes(32).toString('base64url')
  const [postgres, platform, proxies, canary] = await Promise.all([
    startPostgres(directory),
    startPlatformProcess({
      dataDir: directory,
      secret,
      logFile: join(directory, 'platform.log'),
      nodeOptions: seededRandom(seed, 'platform'),
    }),
    startProxies(
      ['A', 'B'].flatMap((name) => [`${name}-database`, `${name}-platform`, `${name}-readers`]),
      seed,
    ),
    startCanary(),
  ])
  const pointProxies = async () => {
    for (const name of ['A', 'B']) await proxies.setTarget(`${name}-database`, Number(new URL(postgres.url()).port))
  }
  await pointProxies()
  const apis = await Promise.all(
    ['A', 'B'].map((name) => connectApi({ name, seed, directory, postgres, platform, proxies, secret, authSecret })),
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
      await pointProxies()
    },
    async close({ keep }) {
      if (keep) endWatch()
      await Promise.all(apis.map((api) => api.end('SIGKILL')))
      await platform.kill()
      proxies.stop()
      await canary.close()
      await postgres.stop()
      if (!keep) await remove()
      endWatch()
    },
  }
}

async function connectApi(options: {
  name: string
  seed: number
  directory: string
  postgres: Postgres
  platform: PlatformProcess
  proxies: Proxies
  secret: string
  authSecret: string
}): Promise<Api> {
  const { name, seed, directory, postgres, platform, proxies, secret, authSecret } = options
  const databaseProxy = `${name}-database`
  const platformProxy = `${name}-platform`
  const readersProxy = `${name}-readers`
  const databaseUrl = new URL(postgres.url())
  databaseUrl.port = String(proxies.ports[databaseProxy])
  await proxies.setTarget(platformProxy, platform.port)
  const dataDir = join(directory, `api-${name}`)
  await mkdir(dataDir)
  const api = await apiProcessOf({
    name,
    log: join(directory, `api-${name}.log`),
    nodeOptions: seededRandom(seed, name),
    env: {
      DATABASE_URL: databaseUrl.href,
      DATA_DIR: dataDir,
      DATA_PLATFORM_URL: `http://127.0.0.1:${proxies.ports[platformProxy]}`,
      DATA_PLATFORM_SECRET: secret,
      AUTH_SECRET: authSecret,
      ALLOW_SELF_CHARGE: 'true',
      RATE_LIMIT_PER_SECOND: '0',
      // No delay, because the fault to inject is a process that refuses calls.
      DRAIN_DELAY_SECONDS: '0',
      MAX_UNPAID_ORDERS: '1000000000',
      MAX_UNPAID_UNITS: '1000000000',
      LOG_LEVEL: 'warn',
    },
  })
  await proxies.setTarget(readersProxy, Number(new URL(api.url).port))
  return { ...api, databaseProxy, platformProxy, readersProxy }
}
