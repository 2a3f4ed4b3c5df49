import { issueToken, readSettings, startApi } from '@jumun/api'
import { createJumunClient, type JumunClient, type JumunClientOptions } from '@jumun/client'
import { traceIds } from '@jumun/domain'
import { startMockDataPlatform } from '@jumun/mock-data-platform'
import { pino } from 'pino'
import { createDataDir } from './data-dir.ts'
import { type ShopActions, shopActions } from './domain-shop.ts'
import { startEventPlatform } from './event-platform.ts'
import { createTestDatabase } from './test-database.ts'
import { useResource } from './use-resource.ts'

const TOKEN_SECONDS = 600
const PLATFORM_SECRET = `whsec_${Buffer.alloc(32, 'platform').toString('base64')}`

type Role = 'member' | 'admin'
type Services = Awaited<ReturnType<typeof startApi>>['services']

/** How the API under test differs from one with the default settings. */
export interface TestApiOptions {
  /** Environment variables, such as `ALLOW_SELF_CHARGE`. Without `RATE_LIMIT_PER_SECOND` there is no limit. */
  settings?: Record<string, string>
  /** `empty`, the default, has no orders and refuses all events; `mock` is the mock data platform. */
  platform?: 'empty' | 'mock'
  /** Replaces services. */
  replace?: (services: Services) => Partial<Services>
}

/** The API in this process, over HTTP on a free port, as `startApi` starts it. */
export interface TestApi {
  readonly url: string
  readonly databaseUrl: string
  readonly dataDir: string
  readonly authSecret: string
  /** Its services without replacements. */
  readonly services: Services
  readonly platform: { url: string; stop(): Promise<void> }
  /** Each line logged since the start. */
  readonly log: LogLine[]
  /** Works on its database without HTTP. */
  readonly shop: ShopActions
  /** A token that is valid for ten minutes. */
  token(memberId: string, role?: Role): Promise<string>
  client(memberId: string, role?: Role, options?: Partial<JumunClientOptions>): JumunClient
  close(): Promise<void>
}

interface LogLine extends Record<string, unknown> {
  level: number
  msg: string
}

/** Starts an API over a database. */
export async function startTestApi(databaseUrl: string, options: TestApiOptions = {}): Promise<TestApi> {
  const { settings, platform: kind = 'empty', replace } = options
  const dataDir = await createDataDir()
  const platform = await (kind === 'mock' ? startMockPlatform() : startEventPlatform())
  const log: LogLine[] = []
  const environment = {
    DATABASE_URL: databaseUrl,
    DATA_DIR: dataDir.path,
    PORT: '0',
    DATA_PLATFORM_URL: platform.url,
    DATA_PLATFORM_SECRET: PLATFORM_SECRET,
    RATE_LIMIT_PER_SECOND: '0',
    DRAIN_DELAY_SECONDS: '0',
    WEB: 'false',
    ...settings,
  }
  const logger = pino({ level: 'debug', mixin: traceIds }, { write: (line) => void log.push(JSON.parse(line)) })
  const api = await startApi(readSettings(environment), logger)
  const { url, authSecret } = api
  const services = { ...api.services }
  // The server reads its services from this object at each call.
  Object.assign(api.services, replace?.(services))
  const token = (memberId: string, role: Role = 'member') =>
    issueToken(authSecret, { memberId, role, expiresInSeconds: TOKEN_SECONDS })
  return {
    url,
    databaseUrl,
    dataDir: dataDir.path,
    authSecret,
    services,
    platform,
    log,
    shop: shopActions(services),
    token,
    client: (memberId, role, options) => createJumunClient({ url, token: () => token(memberId, role), ...options }),
    async close() {
      await api.stop()
      await platform.stop()
      await dataDir.remove()
    },
  }
}

function startMockPlatform() {
  return startMockDataPlatform({ host: '127.0.0.1', port: 0, secret: PLATFORM_SECRET, storageFile: ':memory:' })
}

/** Gives the test file that calls it an API of its own, on a database of its own. */
export function useApi(options: TestApiOptions = {}): TestApi {
  return useResource(
    async () => {
      const database = await createTestDatabase()
      return Object.assign(await startTestApi(database.url, options), { database })
    },
    async ({ close, database }) => {
      await close()
      await database.drop()
    },
  )
}
