import { bodyLimitOf, isQuery, type ProcedureName, procedures } from '@jumun/contract'
import { callTRPCProcedure, getTRPCErrorFromUnknown, getTRPCErrorShape, type TRPCError } from '@trpc/server'
import { fastifyRequestHandler } from '@trpc/server/adapters/fastify'
import { getHTTPStatusCode } from '@trpc/server/http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { errorHeaders, logServerError } from '../errors/error-handler.ts'
import { toDomainError } from '../errors/to-domain-error.ts'
import type { StreamCounts } from '../live/stream-counts.ts'
import { appRouter } from '../procedures/app-router.ts'
import type { Context, CreateContext } from '../procedures/context.ts'
import { setRequestId } from '../procedures/procedure.ts'
import { parseJsonBodies } from './request-text.ts'
import { answerSubscription, readSubscription } from './trpc-subscription.ts'

const MAX_CALLS_IN_BATCH = 50

/** As tRPC's adapter sets it. */
const VARY = 'trpc-accept, accept'

/** The mutations of one request without streaming. */
interface PlainMutations {
  paths: string[]
  inputs: unknown[]
  batched: boolean
}

/**
 * Serves every procedure as tRPC over HTTP (https://trpc.io/docs/rpc). Plain mutations are answered without tRPC's adapter,
 * which adds 40 % to the CPU time of an order: see docs/decisions/0001-answer-plain-mutations-without-the-trpc-adapter.md.
 */
export async function trpcRoutes(
  server: FastifyInstance,
  { createContext, streams }: { createContext: CreateContext; streams: StreamCounts },
) {
  const mutations = new Set(Object.keys(procedures).filter((name) => !isQuery(procedures[name as ProcedureName])))
  const onError = (error: TRPCError, path: string | undefined, { id, log }: FastifyRequest) => {
    setRequestId(error, id)
    logServerError(log, error, { path, requestId: id })
  }
  parseJsonBodies(server, (_, text, done) => done(null, text))
  const serve = (path: string) => async (request: FastifyRequest, reply: FastifyReply) => {
    const plain = readMutations(path, request, mutations)
    if (plain) return answerMutations(plain, createContext({ req: request, res: reply }), request, reply, onError)
    const subscription = readSubscription(path, request)
    if (subscription) {
      const ctx = createContext({ req: request, res: reply })
      return answerSubscription(subscription, { ctx, request, reply, counts: streams, onError })
    }
    await fastifyRequestHandler({
      router: appRouter,
      createContext,
      req: request,
      res: reply,
      path,
      maxBatchSize: MAX_CALLS_IN_BATCH,
      onError: ({ error, path }) => onError(error, path, request),
      responseMeta: ({ errors }) => ({ headers: { ...headersOf(errors, request), vary: varyOf(reply) } }),
    })
  }
  for (const [name, procedure] of Object.entries(procedures)) {
    const method = isQuery(procedure) ? 'GET' : 'POST'
    const config = { procedure: name as ProcedureName }
    server.route({ method, url: `/${name}`, bodyLimit: bodyLimitOf(procedure), config, handler: serve(name) })
  }
  // Batches, unknown procedures, and wrong methods.
  server.route<{ Params: { path: string } }>({
    method: ['GET', 'POST'],
    url: '/:path',
    handler: (request, reply) => serve(request.params.path)(request, reply),
  })
}

function headersOf(errors: TRPCError[], { method }: FastifyRequest): Record<string, string> {
  if (errors.length === 0) return {}
  const isWrongMethod = errors.some(({ code }) => code === 'METHOD_NOT_SUPPORTED')
  return {
    ...errorHeaders(errors.map(toDomainError)),
    ...(isWrongMethod && { allow: method === 'POST' ? 'GET, HEAD' : 'POST' }),
  }
}

/** What the response depends on, with the origin where CORS is open. */
function varyOf(reply: FastifyReply): string {
  const vary = reply.getHeader('vary')
  return vary === undefined ? VARY : `${VARY}, ${vary}`
}

/** Undefined for a request that is malformed or not a plain mutation; tRPC's adapter answers those. */
function readMutations(path: string, request: FastifyRequest, mutations: Set<string>): PlainMutations | undefined {
  const { method, headers, body } = request
  if (method !== 'POST' || typeof body !== 'string') return undefined
  if ((headers['trpc-accept'] ?? headers.accept) === 'application/jsonl') return undefined
  const { batch, ...unknownParameters } = request.query as Record<string, unknown>
  if (Object.keys(unknownParameters).length > 0 || (batch !== undefined && batch !== '1')) return undefined
  const batched = batch === '1'
  const paths = batched ? path.split(',') : [path]
  if (paths.length > MAX_CALLS_IN_BATCH || !paths.every((path) => mutations.has(path))) return undefined
  const json = parseJson(body)
  if (!isRecord(json)) return undefined
  return { paths, inputs: batched ? paths.map((_, index) => json[index]) : [json], batched }
}

async function answerMutations(
  { paths, inputs, batched }: PlainMutations,
  ctx: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  onError: (error: TRPCError, path: string, request: FastifyRequest) => void,
): Promise<FastifyReply> {
  const errors: TRPCError[] = []
  const call = async (path: string, index: number) => {
    const input = inputs[index]
    const getRawInput = async () => input
    try {
      const options = { router: appRouter, path, type: 'mutation', ctx, getRawInput, batchIndex: index } as const
      return { result: { data: await callTRPCProcedure({ ...options, signal: undefined }) } }
    } catch (cause) {
      const error = getTRPCErrorFromUnknown(cause)
      errors.push(error)
      onError(error, path, request)
      const { _config: config } = appRouter._def
      return { error: getTRPCErrorShape({ config, error, type: 'mutation', path, input, ctx }) }
    }
  }
  const results = await Promise.all(paths.map(call))
  const response = batched ? results : results[0]
  reply.code(errors.length > 0 ? getHTTPStatusCode(response as Parameters<typeof getHTTPStatusCode>[0]) : 200)
  reply.header('vary', varyOf(reply))
  if (errors.length > 0) reply.headers(errorHeaders(errors.map(toDomainError)))
  return reply.type('application/json').send(JSON.stringify(response))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
