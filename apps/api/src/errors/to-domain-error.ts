import { DomainError, isDatabaseUnavailable, refusedBy } from '@jumun/domain'
import { TRPCError } from '@trpc/server'
import { ZodError } from 'zod'

const RETRY_AFTER_SECONDS = 1

/** Errors of requests that never reach a procedure. */
export const requestErrors = {
  notFound: () => new DomainError('NOT_FOUND', 'There is nothing here.', {}),
  methodNotAllowed: () => new DomainError('METHOD_NOT_ALLOWED', 'This path does not have this method.', {}),
  notJson: () => new DomainError('UNSUPPORTED_MEDIA_TYPE', 'Send application/json in UTF-8.', {}),
  encoded: () => new DomainError('UNSUPPORTED_MEDIA_TYPE', 'Send the body without a content-encoding.', {}),
  tooLarge: () => refusedBy('body', new DomainError('PAYLOAD_TOO_LARGE', 'The request is too large.', {})),
  tooLargeWithoutToken: () =>
    refusedBy(
      'body',
      new DomainError('PAYLOAD_TOO_LARGE', 'Without a token, no request needs a body of this length.', {}),
    ),
  unreadable: () => new DomainError('BAD_REQUEST', 'The request cannot be read.', { issues: [] }),
}

/** Errors that tRPC raises itself, before a procedure runs. */
const TRPC_ERRORS: Partial<Record<TRPCError['code'], () => DomainError>> = {
  BAD_REQUEST: requestErrors.unreadable,
  PARSE_ERROR: requestErrors.unreadable,
  NOT_FOUND: requestErrors.notFound,
  METHOD_NOT_SUPPORTED: requestErrors.methodNotAllowed,
  PAYLOAD_TOO_LARGE: requestErrors.tooLarge,
  UNSUPPORTED_MEDIA_TYPE: requestErrors.notJson,
}

/** Maps any error to the one that callers see. Of an unforeseen error they see a code only, and nothing of its cause. */
export function toDomainError(error: unknown): DomainError {
  if (error instanceof DomainError) return error
  if (error instanceof TRPCError) return fromTrpcError(error)
  if (isDatabaseUnavailable(error))
    return refusedBy('database', unavailable('The database is not available. Try again shortly.', error))
  return internal()
}

/**
 * An error that is safe to retry with the same idempotency key, after a second.
 *
 * @param cause is logged, and not sent to the caller
 */
export function unavailable(message: string, cause?: unknown): DomainError<'UNAVAILABLE'> {
  const error = new DomainError('UNAVAILABLE', message, { retryAfterSeconds: RETRY_AFTER_SECONDS })
  error.cause = cause
  return error
}

function fromTrpcError({ code, cause }: TRPCError): DomainError {
  if (code === 'BAD_REQUEST' && cause instanceof ZodError) return invalidInput(cause)
  if (cause !== undefined && code === 'INTERNAL_SERVER_ERROR') return toDomainError(cause)
  if (cause instanceof DomainError) return cause
  return (TRPC_ERRORS[code] ?? internal)()
}

/** The error of an input that its schema refuses. */
export function invalidInput(error: ZodError): DomainError<'BAD_REQUEST'> {
  const issues = error.issues.slice(0, 20).map(({ path, message }) => ({
    path: path.map((key) => (typeof key === 'symbol' ? String(key) : key)),
    message: message.slice(0, 500),
  }))
  return new DomainError('BAD_REQUEST', 'The input is not valid.', { issues })
}

function internal(): DomainError<'INTERNAL'> {
  return new DomainError('INTERNAL', 'Something went wrong on our side.', {})
}
