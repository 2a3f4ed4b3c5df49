import { isQuery, type ProcedureName, procedures } from '@jumun/contract'
import { callTRPCProcedure, getTRPCErrorFromUnknown, getTRPCErrorShape, type TRPCError } from '@trpc/server'
import { fastifyRequestHandler } from '@trpc/server/adapters/fastify'
import { getHTTPStatusCode } from '@trpc/server/http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { logIfOurs, refusalHeaders } from '../errors/error-handler.ts'
import { toRefusal } from '../errors/to-domain-error.ts'
import { appRouter } from '../procedures/app-router.ts'
import type { Context } from '../procedures/context.ts'
import { rememberRequest } from '../procedures/procedure.ts'

const MAX_CALLS_IN_BATCH = 50

/** What the library's adapter allows a cache to tell answers apart by. */
const VARY = 'trpc-accept, accept'

interface TrpcRouteOptions {
  createContext(options: { req: FastifyRequest; res: FastifyReply }): Promise<Context>
}

/** Mutations of one request, as a client without streams sends them. */
interface Mutations {
  paths: string[]
  inputs: unknown[]
  batched: boolean
}

/**
 * Serves every procedure as tRPC over HTTP (https://trpc.io/docs/rpc). The library's adapter makes a web `Request` and a
 * streamed `Response` of every call, which costs more than all else that is done for an order. Mutations in their plain
 * form, the ones that are many at once, are therefore answered directly; whatever else comes is left to the adapter.
 */
export async function trpcRoutes(server: FastifyInstance, { createContext }: TrpcRouteOptions): Promise<void> {
  const mutations = new Set(Object.keys(procedures).filter((name) => !isQuery(procedures[name as ProcedureName])))
  const note = (error: TRPCError, path: string | undefined, { id, log }: FastifyRequest) => {
    rememberRequest(error, id)
    logIfOurs(log, error, { path, requestId: id })
  }
  server.removeContentTypeParser('application/json')
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (_, body, done) => done(null, body))
  server.all<{ Params: { path: string } }>('/:path', async (request, reply) => {
    const plain = readMutations(request, mutations)
    if (plain) return answerMutations(plain, await createContext({ req: request, res: reply }), request, reply, note)
    await fastifyRequestHandler({
      router: appRouter,
      createContext,
      req: request,
      res: reply,
      path: request.params.path,
      maxBatchSize: MAX_CALLS_IN_BATCH,
      onError: ({ error, path }) => note(error, path, request),
      responseMeta: ({ errors }) => ({ headers: errors.length > 0 ? refusalHeaders(errors.map(toRefusal)) : {} }),
    })
  })
}

/** Undefined for anything that is not plain, or not right: the adapter knows what to say of it. */
function readMutations(
  request: FastifyRequest<{ Params: { path: string } }>,
  mutations: Set<string>,
): Mutations | undefined {
  const { method, headers, body } = request
  if (method !== 'POST' || typeof body !== 'string') return undefined
  if ((headers['trpc-accept'] ?? headers.accept) === 'application/jsonl') return undefined
  const { batch, ...others } = request.query as Record<string, unknown>
  if (Object.keys(others).length > 0 || (batch !== undefined && batch !== '1')) return undefined
  const batched = batch === '1'
  const paths = batched ? request.params.path.split(',') : [request.params.path]
  if (paths.length > MAX_CALLS_IN_BATCH || !paths.every((path) => mutations.has(path))) return undefined
  const json = parseJson(body)
  if (!isRecord(json)) return undefined
  return { paths, inputs: batched ? paths.map((_, index) => json[index]) : [json], batched }
}

async function answerMutations(
  { paths, inputs, batched }: Mutations,
  ctx: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  note: (error: TRPCError, path: string, request: FastifyRequest) => void,
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
      note(error, path, request)
      const { _config: config } = appRouter._def
      return { error: getTRPCErrorShape({ config, error, type: 'mutation', path, input, ctx }) }
    }
  }
  const results = await Promise.all(paths.map(call))
  const answer = batched ? results : results[0]
  reply.code(errors.length > 0 ? getHTTPStatusCode(answer as Parameters<typeof getHTTPStatusCode>[0]) : 200)
  reply.header('vary', VARY)
  if (errors.length > 0) reply.headers(refusalHeaders(errors.map(toRefusal)))
  return reply.type('application/json').send(JSON.stringify(answer))
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
