import type { ProblemCode, ProblemDetails } from '@jumun/contract'

/** The limits of the service that refuse calls. */
export type RefusalLimit = 'rate' | 'concurrency' | 'queue' | 'database' | 'streams' | 'body'

/** An expected error: a code of the closed set, its typed details, and a message for people. */
export class DomainError<Code extends ProblemCode = ProblemCode> extends Error {
  override readonly name = 'DomainError'
  readonly code: Code
  readonly details: ProblemDetails<Code>
  /** Which limit refused the call, for the metrics. Callers do not see it. */
  limit?: RefusalLimit

  constructor(code: Code, message: string, details: ProblemDetails<Code>) {
    super(message)
    this.code = code
    this.details = details
  }
}

/** An error in one field of the input that a schema cannot detect. */
export function badRequest(path: (string | number)[], message: string): DomainError<'BAD_REQUEST'> {
  return new DomainError('BAD_REQUEST', 'The input is not valid.', { issues: [{ path, message }] })
}

/** Says which limit refused a call. */
export function refusedBy<Refused extends DomainError>(limit: RefusalLimit, error: Refused): Refused {
  error.limit = limit
  return error
}
