import { DomainError } from '@jumun/domain'
import { type AnyTRPCProcedure, callTRPCProcedure, type TRPCProcedureType } from '@trpc/server'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { appRouter } from '../procedures/app-router.ts'
import type { Context } from '../procedures/context.ts'
import { procedures } from '../procedures/index.ts'
import type { RouteMeta } from '../procedures/route-meta.ts'

type MakeContext = (options: { req: FastifyRequest; res: FastifyReply }) => Promise<Context>

interface Operation {
  /** The procedure's name, like `order.place`. */
  path: string
  type: TRPCProcedureType
  meta: RouteMeta
  input: z.ZodObject
}

/**
 * Serves every procedure at its REST path. trpc-to-openapi writes the document of these routes but does not serve them:
 * its handler switches coercion on in the schemas themselves, after which tRPC too would take `"1"` or `true` for 1.
 */
export async function restRoutes(server: FastifyInstance, { createContext }: { createContext: MakeContext }) {
  for (const operation of restOperations()) {
    const { openapi, status = 200 } = operation.meta
    server.route({
      method: openapi.method,
      url: openapi.path.replace(/\{(\w+)\}/g, ':$1'),
      async handler(request, reply) {
        const context = await createContext({ req: request, res: reply })
        const answer = await call(operation, context, readInput(operation, request))
        if (status === 201) locate(reply, answer)
        return reply.code(status).send(answer)
      },
    })
  }
}

/** Every procedure with its REST route. */
export function restOperations(): Operation[] {
  return Object.entries(procedures).flatMap(([group, record]) =>
    Object.entries<AnyTRPCProcedure>(record).map(([name, { _def }]) => {
      const [input] = _def.inputs
      if (!(input instanceof z.ZodObject)) throw new TypeError(`${group}.${name} takes no object.`)
      return { path: `${group}.${name}`, type: _def.type, meta: _def.meta as RouteMeta, input }
    }),
  )
}

function call({ path, type }: Operation, ctx: Context, input: unknown): Promise<unknown> {
  const getRawInput = async () => input
  return callTRPCProcedure({ router: appRouter, path, type, ctx, getRawInput, signal: undefined, batchIndex: 0 })
}

/** Every input has one place: what stands in the path or in a header is not taken from the query or the body as well. */
function readInput({ meta, input }: Operation, request: FastifyRequest): unknown {
  const params = request.params as Record<string, string>
  const query = request.query as Record<string, unknown>
  const bodied = !['GET', 'DELETE'].includes(meta.openapi.method)
  const body = readBody(request.body)
  const elsewhere = [...Object.keys(params), ...(meta.idempotent ? ['idempotencyKey'] : [])]
  refuseFields(body, bodied ? elsewhere : Object.keys(body))
  refuseFields(query, bodied ? Object.keys(query) : elsewhere)
  const key = meta.idempotent ? request.headers['idempotency-key'] : undefined
  return {
    ...body,
    ...numbersFromText({ ...query, ...params }, input),
    ...(key === undefined ? {} : { idempotencyKey: key }),
  }
}

function readBody(body: unknown): object {
  if (body === undefined) return {}
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body
  throw new DomainError('BAD_REQUEST', 'The body must be a JSON object.', { issues: [] })
}

function refuseFields(given: object, names: string[]): void {
  const issues = names
    .filter((name) => Object.hasOwn(given, name))
    .map((name) => ({ path: [name], message: 'does not belong here' }))
  if (issues.length > 0) throw new DomainError('BAD_REQUEST', 'The input is not valid.', { issues })
}

/** A URL holds text only: plain integers become numbers where the input wants numbers, all else stays as it is. */
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

/** An order that was placed says where it can be read. */
function locate(reply: FastifyReply, answer: unknown): void {
  const { id } = answer as { id?: string }
  if (id !== undefined) reply.header('location', `/api/order/${id}`)
}
