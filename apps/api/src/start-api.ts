import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { migrateDatabase, type ProcessIdentity } from '@jumun/domain'
import { startEmbeddedPostgres } from '@jumun/embedded-postgres'
import type { Logger } from 'pino'
import packageJson from '../package.json' with { type: 'json' }
import { Provider } from './auth/provider.ts'
import { readSecrets } from './auth/secrets.ts'
import { Sessions } from './auth/sessions.ts'
import { tokenVerifier } from './auth/tokens.ts'
import { firstLine } from './explain-start-error.ts'
import { listen } from './http/listen.ts'
import { RateLimit } from './http/rate-limit.ts'
import { Readiness } from './http/readiness.ts'
import { createServer } from './http/server.ts'
import { StreamCounts } from './live/stream-counts.ts'
import { BacklogReading } from './observability/backlog-reading.ts'
import { createMetrics } from './observability/metrics.ts'
import { Pulse } from './observability/pulse.ts'
import { shownSettings } from './observability/shown-settings.ts'
import { type RunningServices, startServices } from './services.ts'
import { type Settings, SettingsError } from './settings.ts'
import { writeUrlFile } from './url-file.ts'
import { warnIfExposed } from './warn-if-exposed.ts'

/** The running API. */
export interface Api {
  /** Its base URL. */
  url: string
  services: RunningServices
  authSecret: string
  /** Rejects new calls, finishes the running ones, and stops everything that was started. */
  stop(): Promise<void>
}

/**
 * Starts the API: database (embedded, or the one at `DATABASE_URL`), migrations, background work, server.
 * When a step fails, the earlier ones are undone.
 *
 * @param signal ends the start at any point: it then rejects with the signal's reason
 */
export async function startApi(settings: Settings, log: Logger, signal?: AbortSignal): Promise<Api> {
  await using started = new AsyncDisposableStack()
  const secrets = await readSecrets(settings)
  const process = identifyProcess()
  const traces = await traceIfAsked(settings, { process, log })
  // First, so that it ends last, after the spans of everything else.
  if (traces) started.defer(traces)
  const databaseUrl = await prepareDatabase(settings, started, signal)
  const services = await startServices({
    databaseUrl,
    readUrl: settings.DATABASE_READ_URL,
    schema: settings.DATABASE_SCHEMA,
    dataPlatform: { url: settings.DATA_PLATFORM_URL, secret: secrets.dataPlatformSecret },
    allowSelfCharge: settings.ALLOW_SELF_CHARGE,
    unpaidLimits: { maxOrders: settings.MAX_UNPAID_ORDERS, maxUnits: settings.MAX_UNPAID_UNITS },
    process,
    shownSettings: shownSettings(settings),
    log,
  })
  started.defer(services.stop)
  signal?.throwIfAborted()
  const streams = new StreamCounts()
  const { database } = services
  const backlog = new BacklogReading(database)
  const pulse = new Pulse({ database, streams, backlog, process })
  started.defer(async () => pulse.stop())
  const server = await createServer({
    services,
    verifyToken: tokenVerifier({
      authSecret: secrets.authSecret,
      jwksUrl: settings.AUTH_JWKS_URL,
      issuer: settings.AUTH_ISSUER,
      audience: settings.AUTH_AUDIENCE,
    }),
    signIn: {
      sessions: new Sessions(secrets.authSecret),
      authSecret: secrets.authSecret,
      provider: providerOf(settings),
      development: settings.DEV_SIGN_IN,
    },
    rateLimit: new RateLimit(settings.RATE_LIMIT_PER_SECOND, services.livingProcesses),
    trustProxy: settings.TRUST_PROXY,
    metrics: createMetrics({
      database,
      backlog,
      live: { hub: services.live, streams },
      work: services,
      version: process.version,
    }),
    pulse,
    streams,
    log,
    corsOrigins: settings.CORS_ORIGINS,
    web: settings.WEB,
    readiness: new Readiness(() => services.isReady(), drainDelayMs(settings)),
    traces: traces !== undefined,
  })
  started.defer(server.close)
  const url = await listen(server.http, { host: settings.HOST, port: settings.PORT })
  warnIfExposed(server.http.addresses(), settings, log)
  started.defer(await writeUrlFile(settings.DATA_DIR, url, log))
  const running = started.move()
  return { url, services, authSecret: secrets.authSecret, stop: () => running.disposeAsync() }
}

function drainDelayMs({ DRAIN_DELAY_SECONDS: seconds }: Settings): number | undefined {
  return seconds === undefined ? undefined : seconds * 1_000
}

/** Loads OpenTelemetry only where traces are sent. */
async function traceIfAsked(settings: Settings, options: { process: ProcessIdentity; log: Logger }) {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } = settings
  if (endpoint === undefined) return undefined
  const { startTracing } = await import('./observability/start-tracing.ts')
  return startTracing(endpoint, settings, options)
}

function identifyProcess(): ProcessIdentity {
  const startedMs = performance.now()
  return { id: randomUUID(), host: hostname(), pid: process.pid, version: packageJson.version, startedMs }
}

/** Undefined without AUTH_CLIENT_ID, which `readSettings` lets stand only with AUTH_ISSUER. */
function providerOf({ AUTH_ISSUER, AUTH_CLIENT_ID, AUTH_CLIENT_SECRET }: Settings): Provider | undefined {
  if (AUTH_CLIENT_ID === undefined || AUTH_ISSUER === undefined) return undefined
  return new Provider({ issuer: AUTH_ISSUER, clientId: AUTH_CLIENT_ID, clientSecret: AUTH_CLIENT_SECRET })
}

/** Starts the embedded database if needed, applies the migrations, and returns the URL. */
async function prepareDatabase(
  { DATABASE_URL, DATABASE_SCHEMA, DATA_DIR }: Settings,
  started: AsyncDisposableStack,
  signal?: AbortSignal,
): Promise<string> {
  if (DATABASE_URL === undefined) {
    const postgres = await startEmbeddedPostgres({ dataDir: DATA_DIR })
    started.defer(postgres.stop)
    await migrateDatabase(postgres.url, DATABASE_SCHEMA, signal)
    return postgres.url
  }
  try {
    await migrateDatabase(DATABASE_URL, DATABASE_SCHEMA, signal)
    return DATABASE_URL
  } catch (error) {
    signal?.throwIfAborted()
    throw new SettingsError(`DATABASE_URL: ${firstLine(error)}`, { cause: error })
  }
}
