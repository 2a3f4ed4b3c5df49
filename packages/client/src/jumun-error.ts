import { TRPCClientError } from '@trpc/client'
import type { None, ProblemCode, Problems, RetryAfter } from './problems.ts'

/**
 * Why a call failed. All but two are the server's own refusals. The client adds
 *
 * - `UNREACHABLE`: no answer in time, or one that is not the API's;
 * - `ABORTED`: cancelled by the `AbortSignal` that it was given.
 *
 * After both it is not known whether the call had its effect.
 */
export type JumunErrorCode = ProblemCode | 'UNREACHABLE' | 'ABORTED'

/** What stands beside a code, such as `{ balance, required }` beside `INSUFFICIENT_POINTS`. Points are whole KRW. */
export type JumunErrorDetails<Code extends JumunErrorCode> = Code extends ProblemCode
  ? Problems[Code]
  : Code extends 'UNREACHABLE'
    ? Partial<RetryAfter>
    : None

interface Failure<Code extends JumunErrorCode> {
  code: Code
  message: string
  details: JumunErrorDetails<Code>
  status?: number | undefined
  requestId?: string | undefined
  idempotencyKey?: string | undefined
  cause?: unknown
}

// So that tools of tRPC see one of their own errors, without tRPC's types in what is published.
const ErrorOfTRPC: new (message: string, options: { cause?: Error }) => Error = TRPCClientError

/**
 * What every call of the client is rejected with. `message` is a sentence for people.
 *
 * @example
 * try {
 *   await jumun.point.use.mutate({ memberId: 'mina', amount: 3_000 })
 * } catch (error) {
 *   if (isJumunError(error, 'INSUFFICIENT_POINTS')) console.log(error.details.balance)
 *   else throw error
 * }
 */
export class JumunError<Code extends JumunErrorCode = JumunErrorCode> extends ErrorOfTRPC {
  override readonly name = 'JumunError'
  /** Why the call failed. */
  readonly code: Code
  /** What stands beside the code. */
  readonly details: JumunErrorDetails<Code>
  /** The HTTP status; undefined when there was no answer. */
  readonly status: number | undefined
  /** The id under which the server logged the request; undefined when the API did not answer. */
  readonly requestId: string | undefined
  /** The key of the call, when it moves points. With it, calling again can never move them twice. */
  readonly idempotencyKey: string | undefined

  constructor(failure: Failure<Code>) {
    const { code, message, details, status, requestId, idempotencyKey, cause } = failure
    super(message, cause instanceof Error ? { cause } : {})
    // TRPCClientError makes whatever extends it a TRPCClientError.
    Object.setPrototypeOf(this, new.target.prototype)
    this.code = code
    this.details = details
    this.status = status
    this.requestId = requestId
    this.idempotencyKey = idempotencyKey
  }
}

/**
 * Whether an error comes from the client, and with one of these codes if any are given. It narrows to their details.
 *
 * @example
 * if (isJumunError(error, 'OUT_OF_STOCK')) console.log(error.details.shortages[0]?.available)
 */
export function isJumunError<Code extends JumunErrorCode = JumunErrorCode>(
  error: unknown,
  ...codes: Code[]
): error is { [One in Code]: JumunError<One> }[Code] {
  return error instanceof JumunError && (codes.length === 0 || codes.includes(error.code as Code))
}
