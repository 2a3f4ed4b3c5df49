import { useTestDatabase } from '@jumun/domain/test-support'
import { pino } from 'pino'
import { afterAll, beforeAll } from 'vitest'
import { issueToken, type TokenSettings, tokenVerifier } from '../src/auth/tokens.ts'
import { rateLimit } from '../src/http/rate-limit.ts'
import { createServer, type Server } from '../src/http/server.ts'
import { createMetrics } from '../src/observability/metrics.ts'
import { type RunningServices, type Services, startServices } from '../src/services.ts'
import { startEmptyPlatform } from './empty-platform.ts'

export const AUTH_SECRET = 'a secret that only the tests of the API know'

const TOKEN_SECONDS = 600

/** How the API under test differs from one with the default settings. */
export interface ApiOptions {
  allowSelfCharge?: boolean
  /** 0, no limit, unless a test is about the limit. */
  callsPerSecond?: number
  tokens?: Partial<TokenSettings>
  /** One that has nothing and takes nothing, if not given: most tests do not look at what is delivered. */
  platform?: { url: string; secret: string }
  /** Puts something else into the place of a service. */
  replace?: (services: RunningServices) => Partial<Services>
}

/** The real server over HTTP, on a free port and over real services. */
export interface TestApi {
  readonly url: string
  readonly databaseUrl: string
  readonly services: RunningServices
  readonly server: Server
  /** What was logged since the start, each line as an object. */
  readonly log: LogLine[]
  /** A token of ours, good for ten minutes. */
  token(memberId: string, role?: 'member' | 'admin'): Promise<string>
}

interface LogLine extends Record<string, unknown> {
  level: number
  msg: string
}

/** An API that the test starts and stops itself. */
export interface OpenApi extends TestApi {
  close(): Promise<void>
}

/** Starts an API over a database. */
export async function openApi(databaseUrl: string, options: ApiOptions = {}): Promise<OpenApi> {
  const { allowSelfCharge = false, callsPerSecond = 0, tokens, replace } = options
  const empty = await startEmptyPlatform()
  const { platform = empty } = options
  const log: LogLine[] = []
  const logger = pino({ level: 'debug' }, { write: (line) => void log.push(JSON.parse(line)) })
  const services = await startServices({ databaseUrl, dataPlatform: platform, allowSelfCharge, log: logger })
  const server = await createServer({
    services: { ...services, ...replace?.(services) },
    verifyToken: tokenVerifier({ authSecret: AUTH_SECRET, ...tokens }),
    limitRate: rateLimit(callsPerSecond),
    metrics: createMetrics(services.database),
    log: logger,
    isReady: () => services.isReady(),
  })
  const url = await server.http.listen({ host: '127.0.0.1', port: 0 })
  return {
    url,
    databaseUrl,
    services,
    server,
    log,
    token: (memberId, role = 'member') => issueToken(AUTH_SECRET, { memberId, role, expiresInSeconds: TOKEN_SECONDS }),
    async close() {
      await server.close()
      await services.stop()
      empty.stop()
    },
  }
}

/** Gives the test file that calls it an API of its own, on a database of its own. */
export function useApi(options: ApiOptions = {}): TestApi {
  const database = useTestDatabase()
  let opened: OpenApi | undefined
  beforeAll(async () => {
    opened = await openApi(database.url, options)
  })
  afterAll(() => opened?.close())
  const api = () => {
    if (!opened) throw new Error('The API runs from beforeAll on')
    return opened
  }
  return {
    get url() {
      return api().url
    },
    get databaseUrl() {
      return api().databaseUrl
    },
    get services() {
      return api().services
    },
    get server() {
      return api().server
    },
    get log() {
      return api().log
    },
    token: (memberId, role) => api().token(memberId, role),
  }
}
