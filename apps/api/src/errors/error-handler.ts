import { randomUUIDv7 } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { DomainError } from '@jumun/domain'
import { TRPCError } from '@trpc/server'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import { API_HEADERS } from '../http/security-headers.ts'
import { toErrorShape } from '../procedures/procedure.ts'
import { toProblem } from './problem.ts'
import { toRefusal } from './to-domain-error.ts'

const PROBLEM_TYPE = 'application/problem+json'

/** JSON-RPC's code of a request that is none, which is what never reached a procedure. */
const INVALID_REQUEST = -32_600

/** Answers any error: as a problem on REST, and in tRPC's shape below /trpc, where clients expect it. */
export function answerProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const refusal = toRefusal(ofFastify(error))
  // Not the query: somebody may have put a token there.
  logIfOurs(request.log, error, { path: request.url.split('?', 1)[0], requestId: request.id })
  const problem = toProblem(refusal, request.id)
  // Some of these requests were refused before the hook that sets the headers of every answer.
  reply.code(problem.status).headers({ ...API_HEADERS, 'x-request-id': request.id, ...refusalHeaders([refusal]) })
  if (request.url.startsWith('/trpc/')) return reply.send({ error: toErrorShape(problem, INVALID_REQUEST) })
  return reply.type(PROBLEM_TYPE).send(problem)
}

/** Refuses what Node could not read as an HTTP request at all, and hangs up. */
export function refuseUnreadable({ code }: { code?: string }, socket: Socket): void {
  if (code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const refusal =
    code === 'HPE_HEADER_OVERFLOW'
      ? new DomainError('PAYLOAD_TOO_LARGE', 'Address and headers are too large.', {})
      : new DomainError('BAD_REQUEST', 'The request cannot be read.', { issues: [] })
  const problem = toProblem(refusal, randomUUIDv7())
  const body = JSON.stringify(problem)
  socket.end(
    [
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
      `content-type: ${PROBLEM_TYPE}`,
      `content-length: ${Buffer.byteLength(body)}`,
      `x-request-id: ${problem.requestId}`,
      ...Object.entries(API_HEADERS).map(([name, value]) => `${name}: ${value}`),
      'connection: close',
      '',
      body,
    ].join('\r\n'),
  )
}

/**
 * What refusals say in headers: when to come back, and that a token is needed (RFC 9110, 11.6.1). They are JSON too, which
 * tRPC itself forgets to say of those that come before a procedure.
 */
export function refusalHeaders(refusals: DomainError[]): Record<string, string> {
  const waits = refusals.map(({ details }) => ('retryAfterSeconds' in details ? details.retryAfterSeconds : 0))
  const longest = Math.max(0, ...waits)
  return {
    'content-type': 'application/json',
    ...(longest > 0 ? { 'retry-after': String(longest) } : {}),
    ...(refusals.some(({ code }) => code === 'UNAUTHENTICATED') ? { 'www-authenticate': 'Bearer' } : {}),
  }
}

/** Logs an error that is not the caller's doing, with its cause and the request's id. */
export function logIfOurs(log: Pick<Logger, 'error' | 'warn'>, error: unknown, about: object): void {
  const refusal = toRefusal(ofFastify(error))
  const cause = error instanceof TRPCError ? (error.cause ?? error) : error
  if (refusal.code === 'INTERNAL') log.error({ err: cause, ...about }, 'A call failed.')
  if (refusal.code === 'UNAVAILABLE') {
    log.warn({ reason: String(refusal.cause ?? refusal), ...about }, 'A call could not be served.')
  }
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
