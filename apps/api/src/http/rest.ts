import {
  bodyLimitOf,
  isQuery,
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
import { appRouter } from '../procedures/app-router.ts'
import type { Context, CreateContext } from '../procedures/context.ts'
import { parseJsonBodies } from './request-text.ts'

/** Serves every procedure at its REST path. */
export async function restRoutes(server: FastifyInstance, { createContext }: { createContext: CreateContext }) {
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
        if (status === 201) addLocation(reply, answer)
        return reply.code(status).send(answer)
      },
    })
  }
}

function call(path: string, procedure: Procedure, ctx: Context, input: unknown): Promise<unknown> {
  const type = isQuery(procedure) ? 'query' : 'mutation'
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
  return { ...body, ...numbersFromText({ ...query, ...params }, procedure.input), ...readKey(procedure, request) }
}

/** Node.js joins headers of the same name: two keys would become a third. */
function readKey(procedure: Procedure, { raw }: FastifyRequest): { idempotencyKey?: string } {
  const [key, ...others] = raw.headersDistinct['idempotency-key'] ?? []
  if (!takesIdempotencyKey(procedure) || key === undefined) return {}
  if (others.length === 0) return { idempotencyKey: key }
  const issues = [{ path: ['idempotencyKey'], message: 'must be one header Idempotency-Key' }]
  throw new DomainError('BAD_REQUEST', 'The input is not valid.', { issues })
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

/** Numbers arrive as text in a URL: converts plain integers where the input wants a number, and leaves the rest to the schema. */
function numbersFromText(texts: Record<string, unknown>, input: z.ZodObject): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(texts).map(([name, value]) => {
      const wantsNumber = Object.hasOwn(input.shape, name) && isNumeric(input.shape[name])
      return [
        name,
        wantsNumber && typeof value === 'string' && /^(?:0|-?[1-9]\d{0,15})$/.test(value) ? Number(value) : value,
      ]
    }),
  )
}

function isNumeric(schema: unknown): boolean {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) return isNumeric(schema.unwrap())
  return schema instanceof z.ZodNumber
}

/** Says where a new order can be read. */
function addLocation(reply: FastifyReply, answer: unknown): void {
  const { id } = answer as { id?: string }
  if (id !== undefined) reply.header('location', `/api/order/${id}`)
}
