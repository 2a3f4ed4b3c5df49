import { TRPCClientError } from '@trpc/client'
import type { Problems } from './problems.gen.ts'

/**
 * A code that the API answers as a problem.
 * @example const sold: ProblemCode = 'OUT_OF_STOCK'
 */
export type ProblemCode = keyof Problems

/**
 * A problem as it stands in tRPC's `error.data.problem` (RFC 9457).
 * @example const line = ({ status, detail }: Problem) => `${status} ${detail}`
 */
export type Problem = {
  [Code in ProblemCode]: {
    /** A URN that names the code. */
    type: string
    /** The code in words. */
    title: string
    /** HTTP status. */
    status: number
    /** What went wrong, for people. */
    detail: string
    /** Why the call was refused. */
    code: Code
    /** Finds the request in the server's log. */
    requestId: string
  } & Problems[Code]
}[ProblemCode]

/**
 * Why a call failed: the API refused it with a problem, or did not answer in time (`UNREACHABLE`), or its `AbortSignal` cancelled it
 * (`ABORTED`). After the last two it is unknown whether the call took effect.
 * @example const unknown: JumunErrorCode[] = ['UNREACHABLE', 'ABORTED']
 */
export type JumunErrorCode = ProblemCode | 'UNREACHABLE' | 'ABORTED'

/**
 * The details of a code. Points are whole KRW.
 * @example type Shortages = JumunErrorDetails<'OUT_OF_STOCK'>['shortages']
 */
export type JumunErrorDetails<Code extends JumunErrorCode> = Code extends ProblemCode
  ? Problems[Code]
  : Code extends 'UNREACHABLE'
    ? Partial<Problems['UNAVAILABLE']>
    : Record<never, never>

type Failure<Code extends JumunErrorCode> = Pick<JumunError<Code>, 'code' | 'message' | 'details'> &
  Partial<Pick<JumunError<Code>, 'status' | 'requestId' | 'idempotencyKey' | 'cause'>>

// Makes every JumunError a TRPCClientError at run time, without tRPC's types in the published declarations.
const ErrorOfTRPC: new (message: string, options: Partial<Record<'cause', Error>>) => Error = TRPCClientError

/**
 * The error that every failed call rejects with. `message` is a sentence for people.
 * @example const line = ({ code, message }: JumunError) => `${code}: ${message}`
 */
export class JumunError<Code extends JumunErrorCode = JumunErrorCode> extends ErrorOfTRPC {
  /** Distinguishes it from other errors in a log. */
  override readonly name = 'JumunError'
  /** Why the call failed. */
  readonly code: Code
  /** The details of the code. */
  readonly details: JumunErrorDetails<Code>
  /** The HTTP status; undefined without an answer. */
  readonly status: number | undefined
  /** Finds the request in the server's log; undefined where the API did not answer. */
  readonly requestId: string | undefined
  /** The key of a call that takes one. Another call with this key and the same input takes effect once at most. */
  readonly idempotencyKey: string | undefined

  /** For tests of your own error handling. */
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
  }
}

/**
 * Whether an error is a `JumunError`, of one of these codes if any are given. Narrows it to their details.
 * @example if (isJumunError(error, 'OUT_OF_STOCK')) console.log(error.details.shortages)
 */
export function isJumunError<Code extends JumunErrorCode = JumunErrorCode>(
  error: unknown,
  ...codes: Code[]
): error is { [One in Code]: JumunError<One> }[Code] {
  return error instanceof JumunError && (codes.length === 0 || codes.includes(error.code as Code))
}
