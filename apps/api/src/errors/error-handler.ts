import { randomUUIDv7 } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { DomainError, type RefusalLimit } from '@jumun/domain'
import { TRPCError } from '@trpc/server'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import { hasMuchToRead } from '../http/body-length.ts'
import { refuseForNow, wireOf } from '../http/event-stream.ts'
import { API_HEADERS } from '../http/security-headers.ts'
import { toProblem } from './problem.ts'
import { requestErrors, toDomainError } from './to-domain-error.ts'
import { toErrorShape } from './trpc-error.ts'

const PROBLEM_TYPE = 'application/problem+json'

/** JSON-RPC's Invalid Request, for requests that never reached a procedure. */
const INVALID_REQUEST = -32_600

/** Sends any error as a problem on REST, and in tRPC's error shape below /trpc. */
export function handleError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const domainError = toDomainError(fromFastify(error))
  // The query is not logged, because it may contain a token.
  logServerError(request.log, error, { path: request.url.split('?', 1)[0], requestId: request.id })
  const wire = wireOf(request)
  if (wire && domainError.code === 'UNAVAILABLE') return refuseForNow(reply, wire, 'UNAVAILABLE')
  const problem = toProblem(domainError, request.id)
  // Fastify rejects some requests before the hook that sets these headers.
  reply.code(problem.status).headers({ ...API_HEADERS, 'x-request-id': request.id, ...errorHeaders([domainError]) })
  if (hasMuchToRead(request)) reply.header('connection', 'close')
  if (request.url.startsWith('/trpc/')) return reply.send({ error: toErrorShape(problem, INVALID_REQUEST) })
  return reply.type(PROBLEM_TYPE).send(problem)
}

/** Answers a request that Node cannot parse as HTTP, and closes the connection. */
export function handleClientError({ code }: { code?: string }, socket: Socket): void {
  if (code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const domainError =
    code === 'HPE_HEADER_OVERFLOW'
      ? new DomainError('PAYLOAD_TOO_LARGE', 'Address and headers are too large.', {})
      : requestErrors.unreadable()
  const problem = toProblem(domainError, randomUUIDv7())
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
 * Headers of a failed response: the longest `Retry-After`, the challenge for a missing token (RFC 9110, 11.6.1), and the
 * content type, which tRPC omits for errors raised before a procedure.
 */
export function errorHeaders(errors: DomainError[]): Record<string, string> {
  const waits = errors.map(({ details }) => ('retryAfterSeconds' in details ? details.retryAfterSeconds : 0))
  const longest = Math.max(0, ...waits)
  return {
    'content-type': 'application/json',
    ...(longest > 0 ? { 'retry-after': String(longest) } : {}),
    ...(errors.some(({ code }) => code === 'UNAUTHENTICATED') ? { 'www-authenticate': 'Bearer' } : {}),
  }
}

/** Logs an error that the caller did not cause, with its cause and `about`. */
export function logServerError(log: Pick<Logger, 'error' | 'warn'>, error: unknown, about: object): void {
  const domainError = toDomainError(fromFastify(error))
  const cause = error instanceof TRPCError ? (error.cause ?? error) : error
  if (domainError.code === 'INTERNAL') log.error({ err: cause, ...about }, 'A call failed.')
  if (domainError.code === 'UNAVAILABLE') {
    log.warn({ reason: String(domainError.cause ?? domainError), ...about }, 'A call could not be served.')
  }
}

/** Which limit refused a request, if one did. */
export function limitOf(error: unknown): RefusalLimit | undefined {
  return toDomainError(fromFastify(error)).limit
}

/** Maps errors that Fastify and its plugins raise before a procedure runs; returns other errors unchanged. */
function fromFastify(error: unknown): unknown {
  const { statusCode } = error as FastifyError
  if (error instanceof DomainError || error instanceof TRPCError) return error
  if (statusCode === 413) return requestErrors.tooLarge()
  if (statusCode === 415) return requestErrors.notJson()
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) return requestErrors.unreadable()
  if (error instanceof SyntaxError) return new DomainError('BAD_REQUEST', 'The body is not JSON.', { issues: [] })
  return error
}
