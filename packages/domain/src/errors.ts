import type { ProblemCode, ProblemDetails } from '@jumun/contract'

/** An expected error: a code of the closed set, its typed details, and a message for people. */
export class DomainError<Code extends ProblemCode = ProblemCode> extends Error {
  override readonly name = 'DomainError'
  readonly code: Code
  readonly details: ProblemDetails<Code>

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
