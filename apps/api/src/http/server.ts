import { BODY_LIMIT_BYTES } from '@jumun/contract'
import { singleFlight } from '@jumun/domain'
import { TRPCError } from '@trpc/server'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import type { Logger } from 'pino'
import type { VerifyToken } from '../auth/tokens.ts'
import { handleClientError, handleError } from '../errors/error-handler.ts'
import { requestErrors, unavailable } from '../errors/to-domain-error.ts'
import type { StreamCounts } from '../live/stream-counts.ts'
import type { CallEnd, Metrics } from '../observability/metrics.ts'
import type { Pulse } from '../observability/pulse.ts'
import { traceRequests } from '../observability/request-spans.ts'
import { contextFactory } from '../procedures/context.ts'
import type { Services } from '../services.ts'
import type { TrustProxy } from '../trust-proxy.ts'
import { admitRequests } from './admission.ts'
import { collectMethods } from './allowed-methods.ts'
import { openToOrigins } from './cors.ts'
import { docsRoutes } from './docs.ts'
import { refuseForNow, wireOf } from './event-stream.ts'
import { pathOf } from './navigation.ts'
import type { RateLimit } from './rate-limit.ts'
import type { Readiness } from './readiness.ts'
import { requestIdOf } from './request-id.ts'
import { requireJson, requireUtf8Query } from './request-text.ts'
import { requireReadable } from './require-readable.ts'
import { restRoutes } from './rest.ts'
import { API_HEADERS } from './security-headers.ts'
import { pageSession, type SignInOptions, sessionRoutes } from './session.ts'
import { trpcRoutes } from './trpc.ts'
import { notBuiltRoutes, readWeb } from './web/web.ts'

const CONNECTION_TIMEOUT_MS = 30_000
const REQUEST_TIMEOUT_MS = 15_000
/** How long a caller may take to send the request headers, and how often Node enforces it. */
const HEADERS_TIMEOUT_MS = 10_000
const TIMEOUT_CHECK_INTERVAL_MS = 1_000
const KEEP_ALIVE_TIMEOUT_MS = 65_000
/** While stopping: how long callers may take to read their responses, and how often idle connections are closed. */
const DRAIN_LIMIT_MS = 5_000
const CLOSE_IDLE_INTERVAL_MS = 50
const MAX_PARAM_LENGTH = 1_000

export interface ServerOptions {
  services: Services
  verifyToken: VerifyToken
  signIn: SignInOptions
  rateLimit: RateLimit
  /** The proxies whose `X-Forwarded-For` is trusted: their addresses, or how many there are. */
  trustProxy: TrustProxy
  metrics: Metrics
  pulse: Pulse
  log: Logger
  streams: StreamCounts
  /** Origins whose scripts may call; `*`: every origin. */
  corsOrigins: string[]
  /** Whether to serve the shop and the console. */
  web: boolean
  /** Whether spans are made of the requests. */
  traces: boolean
  readiness: Readiness
}

/** The HTTP server: tRPC at /trpc, REST at /api, sessions at /session, the reference at /docs, shop and console, and the operators' routes. */
export interface Server {
  http: FastifyInstance
  /** Leaves the load balancer, rejects new calls with `UNAVAILABLE`, finishes the running ones, and closes. */
  close(): Promise<void>
}

/** Builds the server without listening. */
export async function createServer(options: ServerOptions): Promise<Server> {
  const { services, verifyToken, signIn, rateLimit, trustProxy, metrics, pulse, streams } = options
  const { log, corsOrigins, web, readiness } = options
  let draining = false
  const http = createFastify(log, trustProxy)
  const observeCall = (end: CallEnd) => {
    metrics.observeCall(end)
    if (end.error) metrics.countRefusal(end.error)
    pulse.observeCall(end)
  }
  if (options.traces) traceRequests(http)
  http.addHook('onRequest', async (request, reply) => {
    reply.headers(API_HEADERS).header('x-request-id', request.id)
    if (readiness.isLeaving) reply.header('connection', 'close')
  })
  await openToOrigins(http, corsOrigins)
  http.addHook('onRequest', async (request, reply) => {
    if (draining) {
      const wire = wireOf(request)
      if (wire) return refuseForNow(reply, wire, 'DRAINING')
      throw unavailable('The server is stopping. Try again shortly.')
    }
    requireReadable(request, reply)
    requireJson(request)
    requireUtf8Query(request)
  })
  admitRequests(http, { verifyToken, sessions: signIn.sessions, rateLimit, observeCall })
  http.setErrorHandler((error, request, reply) => {
    // The errors of procedures are counted where calls end.
    if (!(error instanceof TRPCError)) metrics.countRefusal(error)
    return handleError(error, request, reply)
  })
  const pages = web ? await readWeb({ services, readSession: pageSession({ signIn, services }) }) : undefined
  const methodsOf = collectMethods(http)
  http.setNotFoundHandler((request, reply) => {
    const methods = methodsOf(pathOf(request))
    if (methods.length > 0)
      return handleError(requestErrors.methodNotAllowed(), request, reply.header('allow', methods.join(', ')))
    return pages?.notFound(request, reply) ?? handleError(requestErrors.notFound(), request, reply)
  })

  const createContext = contextFactory({ services, streams, pulse, observeCall })
  await http.register(trpcRoutes, { prefix: '/trpc', createContext, streams })
  await http.register(restRoutes, { prefix: '/api', createContext, streams })
  const hasPages = pages !== undefined
  await http.register(sessionRoutes, { signIn, services, countSignIn: metrics.countSignIn, hasPages })
  await http.register(docsRoutes)
  if (web) await http.register(pages ? pages.routes : notBuiltRoutes)
  else http.get('/', (_request, reply) => reply.redirect('/docs'))
  operatorRoutes(http, { metrics, readiness })
  return {
    http,
    async close() {
      await readiness.leave()
      draining = true
      services.live.drain()
      const closeIdle = setInterval(() => http.server.closeIdleConnections(), CLOSE_IDLE_INTERVAL_MS)
      const closeAll = setTimeout(() => http.server.closeAllConnections(), DRAIN_LIMIT_MS)
      await http.close()
      clearInterval(closeIdle)
      clearTimeout(closeAll)
    },
  }
}

function createFastify(log: Logger, trustProxy: TrustProxy): FastifyInstance {
  return Fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: requestIdOf,
    bodyLimit: BODY_LIMIT_BYTES,
    // Fastify takes a number too, but then trusts no proxy.
    trustProxy: typeof trustProxy === 'number' ? (_address, hop) => hop < trustProxy : trustProxy,
    http: { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: TIMEOUT_CHECK_INTERVAL_MS },
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    frameworkErrors: handleError,
    clientErrorHandler: handleClientError,
  })
}

/** Metrics and health. Neither is authenticated or limited, so concurrent requests share one run. */
function operatorRoutes(
  http: FastifyInstance,
  { metrics, readiness }: Pick<ServerOptions, 'metrics' | 'readiness'>,
): void {
  const readMetrics = singleFlight(() => metrics.read())
  http.get('/metrics', async (_request, reply) => {
    const { contentType, text } = await readMetrics()
    return reply.type(contentType).send(text)
  })
  http.get('/livez', async () => ({ status: 'ok' }))
  http.get('/readyz', async (_request, reply) => {
    const status = await readiness.read()
    return reply.code(status === 'ok' ? 200 : 503).send({ status })
  })
}
