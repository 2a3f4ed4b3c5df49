import { TRPCClientError } from '@trpc/client'
import { JumunError } from '../errors.ts'
import type { JumunRouter } from '../trpc.ts'

/** Status and `Retry-After` of a reply. */
export interface ReplyStatus {
  status: number
  retryAfterSeconds: number | undefined
}

/** A failure on this side of the wire. All calls of a batch share one; `toJumunError` makes an error for each of them. */
export class TransportError extends Error {
  readonly code: 'UNREACHABLE' | 'ABORTED' | 'UNAUTHENTICATED'
  readonly status: number | undefined
  readonly retryAfterSeconds: number | undefined

  constructor(code: TransportError['code'], message: string, options?: { cause?: unknown } & Partial<ReplyStatus>) {
    super(message, { cause: options?.cause })
    this.code = code
    this.status = options?.status
    this.retryAfterSeconds = options?.retryAfterSeconds
  }
}

/**
 * The error that one call rejects with. An error that is neither a problem of the API nor a transport error is a mistake in the calling
 * program, and is returned unchanged.
 */
export function toJumunError(error: unknown, idempotencyKey: string | undefined): unknown {
  if (error instanceof TRPCClientError) {
    const problem = problemOf(error)
    if (problem) return withTRPCShape(new JumunError({ ...problem, idempotencyKey }), error.shape ?? undefined)
  }
  const failure = error instanceof TRPCClientError ? error.cause : error
  if (!(failure instanceof TransportError)) return error
  const { code, message, status, retryAfterSeconds, cause } = failure
  return new JumunError({ code, message, details: detailsOf(retryAfterSeconds), status, idempotencyKey, cause })
}

/**
 * Gives an error the `shape` and the `data` that tRPC's own errors have, for code that sees the client through `asTRPCClient`. They are not
 * enumerable, because they repeat what the error says already.
 */
function withTRPCShape(error: JumunError, shape: { data?: unknown } | undefined): JumunError {
  if (shape) {
    Object.defineProperties(error, { shape: { value: shape }, data: { value: shape.data } })
  }
  return error
}

function problemOf({ data, meta }: TRPCClientError<JumunRouter>) {
  if (data?.problem) {
    const { type, title, status, detail, code, requestId, ...details } = data.problem
    return { code, message: detail, details, status, requestId }
  }
  if (!(meta?.['response'] instanceof Object)) return undefined
  const { status, retryAfterSeconds } = meta['response'] as Partial<ReplyStatus>
  return {
    code: 'UNREACHABLE' as const,
    message: `What answered is not the Jumun API (status ${status}).`,
    details: detailsOf(retryAfterSeconds),
    status,
  }
}

function detailsOf(retryAfterSeconds: number | undefined) {
  return retryAfterSeconds === undefined ? {} : { retryAfterSeconds }
}
