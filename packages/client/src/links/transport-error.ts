import { TRPCClientError } from '@trpc/client'
import { JumunError, type Problem } from '../errors.ts'
import type { JumunRouter } from '../trpc.ts'

/** The status and `Retry-After` of a reply. */
export interface ReplyStatus {
  status: number
  retryAfterSeconds: number | undefined
}

/** A failure without a reply from the API. All calls of a batch share it; `toJumunError` creates an error for each of them. */
export class TransportError extends Error {
  readonly code: 'UNREACHABLE' | 'ABORTED' | 'UNAUTHENTICATED'
  readonly status: number | undefined
  readonly retryAfterSeconds: number | undefined
  /** False if nothing was sent; undefined if the code says it. */
  readonly isOutcomeUnknown: false | undefined

  constructor(
    code: TransportError['code'],
    message: string,
    options?: { cause?: unknown; isOutcomeUnknown?: false | undefined } & Partial<ReplyStatus>,
  ) {
    super(message, { cause: options?.cause })
    this.code = code
    this.status = options?.status
    this.retryAfterSeconds = options?.retryAfterSeconds
    this.isOutcomeUnknown = options?.isOutcomeUnknown
  }
}

/**
 * Returns the error that one call rejects with. An error that is neither a problem of the API nor a transport error is a mistake in the
 * calling program and is returned unchanged.
 */
export function toJumunError(error: unknown, idempotencyKey: string | undefined): unknown {
  if (error instanceof TRPCClientError) {
    const problem = problemOf(error)
    if (problem) return withTRPCShape(new JumunError({ ...problem, idempotencyKey }), error.shape ?? undefined)
  }
  const failure = error instanceof TRPCClientError ? error.cause : error
  if (!(failure instanceof TransportError)) return error
  const { code, message, status, retryAfterSeconds, cause, isOutcomeUnknown } = failure
  const details = detailsOf(retryAfterSeconds)
  return new JumunError({ code, message, details, status, idempotencyKey, isOutcomeUnknown, cause })
}

/**
 * Adds the `shape` and the `data` of tRPC's own errors, for code that uses the client through `asTRPCClient`. They are not enumerable,
 * because logs would print the same facts twice.
 */
function withTRPCShape(error: JumunError, shape: { data?: unknown } | undefined): JumunError {
  if (shape) {
    Object.defineProperties(error, { shape: { value: shape }, data: { value: shape.data } })
  }
  return error
}

function problemOf({ data, meta }: TRPCClientError<JumunRouter>) {
  if (data?.problem) return failureOf(data.problem)
  return meta?.['response'] instanceof Object ? foreignReply(meta['response']) : undefined
}

/** Returns the error of a REST request that was refused with this body, which is a problem if the API has answered. */
export function toRefusal(body: unknown, reply: ReplyStatus): JumunError {
  const problem = body as Partial<Problem> | null
  return new JumunError(problem?.code && problem.detail ? failureOf(problem as Problem) : foreignReply(reply))
}

function failureOf({ type, title, status, detail, code, requestId, ...details }: Problem) {
  return { code, message: detail, details, status, requestId }
}

function foreignReply({ status, retryAfterSeconds }: Partial<ReplyStatus>) {
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
