import { TRPCClientError } from '@trpc/client'
import type { None, ProblemCode, Problems, RetryAfter } from './problems.ts'

/**
 * Why a call failed: the server refused it, or there was no answer of the API in time (`UNREACHABLE`), or its `AbortSignal`
 * cancelled it (`ABORTED`). After the last two it is not known whether the call had its effect.
 * @example const unknown: JumunErrorCode[] = ['UNREACHABLE', 'ABORTED']
 */
export type JumunErrorCode = ProblemCode | 'UNREACHABLE' | 'ABORTED'

/**
 * What stands beside a code. Points are whole KRW.
 * @example type Shortages = JumunErrorDetails<'OUT_OF_STOCK'>['shortages']
 */
export type JumunErrorDetails<Code extends JumunErrorCode> = Code extends ProblemCode
  ? Problems[Code]
  : Code extends 'UNREACHABLE'
    ? Partial<RetryAfter>
    : None

type Failure<Code extends JumunErrorCode> = Pick<JumunError<Code>, 'code' | 'message' | 'details'> &
  Partial<Pick<JumunError<Code>, 'status' | 'requestId' | 'idempotencyKey' | 'cause'>>

// So that tools of tRPC see one of their own errors, without tRPC's types in what is published.
const ErrorOfTRPC: new (message: string, options: Partial<Record<'cause', Error>>) => Error = TRPCClientError

/**
 * What every call of the client is rejected with. `message` is a sentence for people.
 * @example const line = ({ code, message }: JumunError) => `${code}: ${message}`
 */
export class JumunError<Code extends JumunErrorCode = JumunErrorCode> extends ErrorOfTRPC {
  /** Tells it from other errors in a log. */
  override readonly name = 'JumunError'
  /** Why the call failed. */
  readonly code: Code
  /** What stands beside the code. */
  readonly details: JumunErrorDetails<Code>
  /** The HTTP status; undefined when there was no answer. */
  readonly status: number | undefined
  /** Finds the request in the server's log; undefined when the API did not answer. */
  readonly requestId: string | undefined
  /** The key of a call that moves points. Called again with it, it never moves them twice. */
  readonly idempotencyKey: string | undefined

  /** For tests of what you do about errors. */
  constructor(failure: Failure<Code>) {
    const { code, message, details, status, requestId, idempotencyKey, cause } = failure
    super(message, cause instanceof Error ? { cause } : {})
    // TRPCClientError makes whatever extends it a TRPCClientError.
    Object.setPrototypeOf(this, new.target.prototype)
    // It also has fields that are undefined here, and in the way of whoever reads an error that nobody caught.
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
 * Whether an error is a call's, with one of these codes if any are given. It narrows to their details.
 * @example if (isJumunError(error, 'OUT_OF_STOCK')) console.log(error.details.shortages)
 */
export function isJumunError<Code extends JumunErrorCode = JumunErrorCode>(
  error: unknown,
  ...codes: Code[]
): error is { [One in Code]: JumunError<One> }[Code] {
  return error instanceof JumunError && (codes.length === 0 || codes.includes(error.code as Code))
}
