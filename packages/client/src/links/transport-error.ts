import { TRPCClientError } from '@trpc/client'
import { JumunError } from '../jumun-error.ts'
import type { JumunRouter } from '../trpc.ts'
import type { ReplyStatus } from './fetch-json.ts'

/**
 * A failure on this side of the wire. All calls of a batch share one; `toJumunError` makes an error for each of them.
 */
export class CallFailure extends Error {
  readonly code: 'UNREACHABLE' | 'ABORTED' | 'UNAUTHENTICATED'
  readonly status: number | undefined
  readonly retryAfterSeconds: number | undefined

  constructor(code: CallFailure['code'], message: string, options?: { cause?: unknown } & Partial<ReplyStatus>) {
    super(message, { cause: options?.cause })
    this.code = code
    this.status = options?.status
    this.retryAfterSeconds = options?.retryAfterSeconds
  }
}

/**
 * The error that the caller of one call is told. What is neither the server's refusal nor a failure of the wire is a
 * mistake in the calling program and stays as it is.
 */
export function toJumunError(error: unknown, idempotencyKey: string | undefined): unknown {
  const problem = error instanceof TRPCClientError ? problemOf(error) : undefined
  if (problem) return new JumunError({ ...problem, idempotencyKey })
  const failure = error instanceof TRPCClientError ? error.cause : error
  if (!(failure instanceof CallFailure)) return error
  const { code, message, status, retryAfterSeconds, cause } = failure
  return new JumunError({ code, message, details: detailsOf(retryAfterSeconds), status, idempotencyKey, cause })
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
