import { DomainError } from '@jumun/domain'
import { TRPCError } from '@trpc/server'
import { type FastifyTRPCPluginOptions, fastifyTRPCPlugin } from '@trpc/server/adapters/fastify'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify'
import type { Logger } from 'pino'
import { v7 as uuidv7 } from 'uuid'
import { type AppRouter, appRouter } from './app-router.ts'
import { contextFactory } from './context.ts'
import { docsRoutes } from './docs.ts'
import type { Metrics } from './metrics.ts'
import { toProblem } from './problem.ts'
import type { LimitRate } from './rate-limit.ts'
import { toRefusal, unavailable } from './refusal.ts'
import { restRoutes } from './rest.ts'
import type { Services } from './services.ts'
import type { VerifyToken } from './tokens.ts'

const BODY_LIMIT_BYTES = 256 * 1024
const CONNECTION_TIMEOUT_MS = 30_000
const REQUEST_TIMEOUT_MS = 15_000
const KEEP_ALIVE_TIMEOUT_MS = 65_000
/** How long callers may take to read their answers when the server stops, and how often those that have are let go. */
const DRAIN_LIMIT_MS = 5_000
const HANG_UP_INTERVAL_MS = 50
const MAX_CALLS_IN_BATCH = 50
const MAX_PARAM_LENGTH = 1_000

export interface ServerOptions {
  services: Services
  verifyToken: VerifyToken
  limitRate: LimitRate
  metrics: Metrics
  log: Logger
  /** Whether the database can be reached and is migrated. */
  isReady: () => Promise<boolean>
}

/** The API over HTTP: tRPC at /trpc, REST at /api, and what operators look at. */
export interface Server {
  http: FastifyInstance
  /** Refuses new calls from now on, finishes those under way, and closes. */
  close(): Promise<void>
}

/** Builds the server; listening is the caller's to start. */
export async function createServer(options: ServerOptions): Promise<Server> {
  const { services, verifyToken, limitRate, metrics, log, isReady } = options
  let draining = false
  const http: FastifyInstance = Fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => uuidv7(),
    bodyLimit: BODY_LIMIT_BYTES,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    return503OnClosing: false,
    forceCloseConnections: 'idle',
  })
  // Only JSON is read: anything else is refused as an unsupported media type.
  http.removeContentTypeParser('text/plain')
  http.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
    if (draining) {
      reply.header('connection', 'close')
      throw unavailable('The server is stopping. Try again shortly.')
    }
  })
  http.setErrorHandler((error, request, reply) => answerProblem(error, request, reply))
  http.setNotFoundHandler((request, reply) =>
    answerProblem(new DomainError('NOT_FOUND', 'There is nothing here.', {}), request, reply),
  )

  const createContext = contextFactory({ services, verifyToken, limitRate, observeCall: metrics.observeCall })
  await http.register(fastifyTRPCPlugin, {
    prefix: '/trpc',
    trpcOptions: {
      router: appRouter,
      createContext,
      maxBatchSize: MAX_CALLS_IN_BATCH,
      onError: ({ error, path, ctx }) => logIfOurs(log, error, { path, requestId: ctx?.requestId }),
      responseMeta: ({ errors }) => ({ headers: retryAfter(errors.map(toRefusal)) }),
    },
  } satisfies FastifyTRPCPluginOptions<AppRouter>)
  await http.register(restRoutes, { prefix: '/api', createContext })
  await http.register(docsRoutes)
  http.get('/metrics', async (_request, reply) => {
    const { contentType, text } = await metrics.read()
    return reply.type(contentType).send(text)
  })
  http.get('/livez', async () => ({ status: 'ok' }))
  http.get('/readyz', async (_request, reply) => {
    const ready = !draining && (await isReady())
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ok' : 'unavailable' })
  })
  return {
    http,
    async close() {
      draining = true
      const hangUp = setInterval(() => http.server.closeIdleConnections(), HANG_UP_INTERVAL_MS)
      const cut = setTimeout(() => http.server.closeAllConnections(), DRAIN_LIMIT_MS)
      await http.close()
      clearInterval(hangUp)
      clearTimeout(cut)
    },
  }
}

/** Answers any error: as a problem on REST, and in tRPC's shape below /trpc, where clients expect it. */
function answerProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const refusal = toRefusal(ofFastify(error))
  logIfOurs(request.log, error, { path: request.url, requestId: request.id })
  const problem = toProblem(refusal, request.id)
  reply.code(problem.status).headers(retryAfter([refusal]))
  if (request.url.startsWith('/trpc')) {
    const data = { code: problem.code, httpStatus: problem.status, problem }
    return reply.send({ error: { message: problem.detail, code: -32_600, data } })
  }
  return reply.type('application/problem+json').send(problem)
}

/** What Fastify refuses on its own, before a route is reached. */
function ofFastify(error: unknown): unknown {
  const { code, statusCode } = error as FastifyError
  if (error instanceof DomainError || error instanceof TRPCError) return error
  if (statusCode === 413) return new DomainError('PAYLOAD_TOO_LARGE', 'The request is too large.', {})
  if (statusCode === 415) return new DomainError('UNSUPPORTED_MEDIA_TYPE', 'Send application/json.', {})
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500 && code?.startsWith('FST_')) {
    return new DomainError('BAD_REQUEST', 'The request cannot be read.', { issues: [] })
  }
  if (error instanceof SyntaxError) {
    return new DomainError('BAD_REQUEST', 'The body is not JSON.', { issues: [] })
  }
  return error
}

function retryAfter(refusals: DomainError[]): Record<string, string> {
  const waits = refusals.map(({ details }) => ('retryAfterSeconds' in details ? details.retryAfterSeconds : 0))
  const longest = Math.max(0, ...waits)
  return longest > 0 ? { 'retry-after': String(longest) } : {}
}

function logIfOurs(log: Pick<Logger, 'error' | 'warn'>, error: unknown, about: object): void {
  const { code } = toRefusal(ofFastify(error))
  const cause = error instanceof TRPCError ? (error.cause ?? error) : error
  if (code === 'INTERNAL') log.error({ err: cause, ...about }, 'A call failed.')
  if (code === 'UNAVAILABLE') log.warn({ reason: String(cause), ...about }, 'A call could not be served.')
}
