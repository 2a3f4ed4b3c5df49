import {
  bodyLimitOf,
  inputHeaders,
  kindOf,
  type Procedure,
  type ProcedureName,
  placeOf,
  procedures,
  takesIdempotencyKey,
} from '@jumun/contract'
import { DomainError } from '@jumun/domain'
import { callTRPCProcedure } from '@trpc/server'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { requestErrors } from '../errors/to-domain-error.ts'
import { ChangeStream } from '../live/change-stream.ts'
import type { StreamCounts } from '../live/stream-counts.ts'
import { eventsWire } from '../live/wires.ts'
import { appRouter } from '../procedures/app-router.ts'
import type { Context, CreateContext } from '../procedures/context.ts'
import { sendChanges } from './event-stream.ts'
import { parseJsonBodies } from './request-text.ts'

/** Serves every procedure at its REST path. */
export async function restRoutes(
  server: FastifyInstance,
  { createContext, streams }: { createContext: CreateContext; streams: StreamCounts },
) {
  const parseJson = server.getDefaultJsonParser('error', 'error')
  // Many clients send the content type of JSON with every call, also with one that has no body.
  parseJsonBodies(server, (request, text, done) => (text === '' ? done(null) : parseJson(request, text, done)))
  for (const [name, procedure] of Object.entries(procedures)) {
    const { method, path, status = 200 } = procedure
    server.route({
      method,
      url: path.replace(/\{(\w+)\}/g, ':$1'),
      bodyLimit: bodyLimitOf(procedure),
      config: { procedure: name as ProcedureName },
      async handler(request, reply) {
        const context = createContext({ req: request, res: reply })
        const answer = await call(name, procedure, context, readInput(procedure, request))
        if (answer instanceof ChangeStream)
          return sendChanges(answer, { wire: eventsWire, request, reply, counts: streams })
        if (status === 201) addLocation(reply, answer)
        return reply.code(status).send(answer)
      },
    })
  }
}

function call(path: string, procedure: Procedure, ctx: Context, input: unknown): Promise<unknown> {
  const type = kindOf(procedure)
  const getRawInput = async () => input
  return callTRPCProcedure({ router: appRouter, path, type, ctx, getRawInput, signal: undefined, batchIndex: 0 })
}

/** Reads the input from path, query, body and header. Throws `BAD_REQUEST` for a field that stands in another place than its own. */
function readInput(procedure: Procedure, request: FastifyRequest): unknown {
  const params = request.params as Record<string, string>
  // `/product/` is no product, and a client whose id is empty must not reach the whole list or cart.
  if (Object.values(params).includes('')) throw requestErrors.notFound()
  const query = request.query as Record<string, unknown>
  const body = readBody(request.body)
  refuseFields(procedure, body, 'body')
  refuseFields(procedure, query, 'query')
  const texts = valuesFromText({ ...query, ...params }, procedure.input)
  return { ...body, ...texts, ...readKey(procedure, request), ...readLastEventId(procedure, request) }
}

/** Node.js joins headers of the same name: two keys would become a third. */
function readKey(procedure: Procedure, { raw }: FastifyRequest): { idempotencyKey?: string } {
  const [key, ...others] = raw.headersDistinct[inputHeaders.idempotencyKey.toLowerCase()] ?? []
  if (!takesIdempotencyKey(procedure) || key === undefined) return {}
  if (others.length === 0) return { idempotencyKey: key }
  const issues = [{ path: ['idempotencyKey'], message: `must be one header ${inputHeaders.idempotencyKey}` }]
  throw new DomainError('BAD_REQUEST', 'The input is not valid.', { issues })
}

/** Reads the header that browsers send when they reconnect. An empty one counts as missing. */
function readLastEventId({ input }: Procedure, { headers }: FastifyRequest): { lastEventId?: string } {
  const id = headers[inputHeaders.lastEventId.toLowerCase()]
  return Object.hasOwn(input.shape, 'lastEventId') && id ? { lastEventId: String(id) } : {}
}

function readBody(body: unknown): object {
  if (body === undefined) return {}
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body
  throw new DomainError('BAD_REQUEST', 'The body must be a JSON object.', { issues: [] })
}

function refuseFields(procedure: Procedure, given: object, place: 'body' | 'query'): void {
  const issues = Object.keys(given)
    .filter((name) => placeOf(procedure, name) !== place)
    .map((name) => ({ path: [name], message: 'does not belong here' }))
  if (issues.length > 0) throw new DomainError('BAD_REQUEST', 'The input is not valid.', { issues })
}

/**
 * Values arrive as text in a URL: converts plain integers where the input wants a number, and splits text at commas where it wants a list,
 * and leaves the rest to the schema.
 */
function valuesFromText(texts: Record<string, unknown>, input: z.ZodObject): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(texts).map(([name, value]) => {
      const schema = Object.hasOwn(input.shape, name) ? bareSchema(input.shape[name]) : undefined
      return [name, typeof value === 'string' ? fromText(value, schema) : value]
    }),
  )
}

function fromText(text: string, schema: unknown): unknown {
  if (schema instanceof z.ZodArray) return text.split(',')
  return schema instanceof z.ZodNumber && /^(?:0|-?[1-9]\d{0,15})$/.test(text) ? Number(text) : text
}

function bareSchema(schema: unknown): unknown {
  return schema instanceof z.ZodOptional || schema instanceof z.ZodDefault ? bareSchema(schema.unwrap()) : schema
}

/** Says where a new order can be read. */
function addLocation(reply: FastifyReply, answer: unknown): void {
  const { id } = answer as { id?: string }
  if (id !== undefined) reply.header('location', `/api/order/${id}`)
}
