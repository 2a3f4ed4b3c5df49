import { TRPCClientError } from '@trpc/client'
import type { Problems } from './problems.gen.ts'

/**
 * The code of a problem that the API returns.
 * @example const sold: ProblemCode = 'OUT_OF_STOCK'
 */
export type ProblemCode = keyof Problems

/**
 * A problem as the API sends it in tRPC's `error.data.problem` (problem details, RFC 9457).
 * @example const line = ({ status, detail }: Problem) => `${status} ${detail}`
 */
export type Problem = {
  [Code in ProblemCode]: {
    /** A URN that identifies the code. */
    type: string
    /** A short title of the code. */
    title: string
    /** The HTTP status. */
    status: number
    /** What went wrong, as a sentence for people. */
    detail: string
    /** Why the call was refused. */
    code: Code
    /** The id of the request in the server's log. */
    requestId: string
  } & Problems[Code]
}[ProblemCode]

/**
 * Why a call failed: the code of a problem, `UNREACHABLE` if no valid reply arrived in time, or `ABORTED` if its `AbortSignal`
 * cancelled it. After the last two, `isOutcomeUnknown` tells whether the call may have taken effect.
 * @example const unknown: JumunErrorCode[] = ['UNREACHABLE', 'ABORTED']
 */
export type JumunErrorCode = ProblemCode | 'UNREACHABLE' | 'ABORTED'

/**
 * The type of `details` for a code. Points are whole KRW.
 * @example type Shortages = JumunErrorDetails<'OUT_OF_STOCK'>['shortages']
 */
export type JumunErrorDetails<Code extends JumunErrorCode> = Code extends ProblemCode
  ? Problems[Code]
  : Code extends 'UNREACHABLE'
    ? Partial<Problems['UNAVAILABLE']>
    : Record<never, never>

type Failure<Code extends JumunErrorCode> = Pick<JumunError<Code>, 'code' | 'message' | 'details'> &
  Partial<Pick<JumunError<Code>, 'status' | 'requestId' | 'idempotencyKey' | 'cause'>> & {
    /** By default true of `UNREACHABLE`, `ABORTED` and `UNAVAILABLE`. */
    isOutcomeUnknown?: boolean | undefined
  }

// Every JumunError is a TRPCClientError at run time, but the published declarations must not contain tRPC's types.
const ErrorOfTRPC: new (message: string, options: Partial<Record<'cause', Error>>) => Error = TRPCClientError

/**
 * The error that every failed call rejects with. `message` is a sentence for people.
 * @example const line = ({ code, message }: JumunError) => `${code}: ${message}`
 */
export class JumunError<Code extends JumunErrorCode = JumunErrorCode> extends ErrorOfTRPC {
  /** Identifies the class of the error in logs. */
  override readonly name = 'JumunError'
  /** Why the call failed. */
  readonly code: Code
  /** The details of the code. */
  readonly details: JumunErrorDetails<Code>
  /** The HTTP status; undefined if no reply arrived. */
  readonly status: number | undefined
  /** The id of the request in the server's log; undefined if the API did not reply. */
  readonly requestId: string | undefined
  /** The idempotency key of a call that takes one. Calls with this key and the same input take effect at most once. */
  readonly idempotencyKey: string | undefined
  /**
   * Whether the call may have taken effect although it failed: its reply was lost, or it was cancelled. False if the API refused it, if
   * nothing was sent because no connection could be made, and for calls that only read.
   */
  readonly isOutcomeUnknown: boolean

  /** Creates an error, for tests of your own error handling. */
  constructor(failure: Failure<Code>) {
    const { code, message, details, status, requestId, idempotencyKey, cause } = failure
    super(message, cause instanceof Error ? { cause } : {})
    // TRPCClientError sets the prototype of every subclass to its own.
    Object.setPrototypeOf(this, new.target.prototype)
    // Undefined fields of TRPCClientError would clutter the output of an uncaught error.
    for (const name of ['cause', 'data', 'meta', 'shape']) {
      if (Reflect.get(this, name) === undefined) Reflect.deleteProperty(this, name)
    }
    this.code = code
    this.details = details
    this.status = status
    this.requestId = requestId
    this.idempotencyKey = idempotencyKey
    this.isOutcomeUnknown = failure.isOutcomeUnknown ?? /^(UNREACHABLE|ABORTED|UNAVAILABLE)$/.test(code)
  }
}

/**
 * Returns whether an error is a `JumunError`, with one of the given codes if there are any. Narrows `code` and `details`.
 * @example if (isJumunError(error, 'OUT_OF_STOCK')) console.log(error.details.shortages)
 */
export function isJumunError<Code extends JumunErrorCode = JumunErrorCode>(
  error: unknown,
  ...codes: Code[]
): error is { [One in Code]: JumunError<One> }[Code] {
  return error instanceof JumunError && (codes.length === 0 || codes.includes(error.code as Code))
}
