import type { ProblemCode } from '@jumun/contract'
import { DomainError, isDatabaseUnavailable } from '@jumun/domain'
import { TRPCError } from '@trpc/server'
import { ZodError } from 'zod'

const RETRY_AFTER_SECONDS = 1

/** What tRPC itself refuses, before or instead of a procedure. */
const OWN_CODES: Partial<Record<TRPCError['code'], ProblemCode>> = {
  NOT_FOUND: 'NOT_FOUND',
  METHOD_NOT_SUPPORTED: 'NOT_FOUND',
  PAYLOAD_TOO_LARGE: 'PAYLOAD_TOO_LARGE',
  UNSUPPORTED_MEDIA_TYPE: 'UNSUPPORTED_MEDIA_TYPE',
}

/**
 * The refusal that a caller is told for any error at all. Only a `DomainError` speaks for itself; of everything else the
 * caller learns a code and nothing of the cause.
 */
export function toRefusal(error: unknown): DomainError {
  if (error instanceof DomainError) return error
  if (error instanceof TRPCError) return ofTrpcError(error)
  if (isDatabaseUnavailable(error)) return unavailable('The database is not available. Try again shortly.', error)
  return internal()
}

/**
 * The refusal of a call that may succeed soon, and is safe to repeat with the same key.
 *
 * @param cause for the log
 */
export function unavailable(message: string, cause?: unknown): DomainError<'UNAVAILABLE'> {
  const refusal = new DomainError('UNAVAILABLE', message, { retryAfterSeconds: RETRY_AFTER_SECONDS })
  refusal.cause = cause
  return refusal
}

function ofTrpcError({ code, cause }: TRPCError): DomainError {
  if (code === 'BAD_REQUEST' && cause instanceof ZodError) return invalidInput(cause)
  if (cause !== undefined && code === 'INTERNAL_SERVER_ERROR') return toRefusal(cause)
  if (cause instanceof DomainError) return cause
  if (code === 'BAD_REQUEST' || code === 'PARSE_ERROR') {
    return new DomainError('BAD_REQUEST', 'The request cannot be read.', { issues: [] })
  }
  const own = OWN_CODES[code]
  if (own === 'NOT_FOUND') return new DomainError(own, 'There is nothing here.', {})
  if (own === 'PAYLOAD_TOO_LARGE') return new DomainError(own, 'The request is too large.', {})
  if (own === 'UNSUPPORTED_MEDIA_TYPE') return new DomainError(own, 'Send application/json.', {})
  return internal()
}

function invalidInput(error: ZodError): DomainError<'BAD_REQUEST'> {
  const issues = error.issues.slice(0, 20).map(({ path, message }) => ({
    path: path.map((key) => (typeof key === 'symbol' ? String(key) : key)),
    message: message.slice(0, 500),
  }))
  return new DomainError('BAD_REQUEST', 'The input is not valid.', { issues })
}

function internal(): DomainError<'INTERNAL'> {
  return new DomainError('INTERNAL', 'Something went wrong on our side.', {})
}
