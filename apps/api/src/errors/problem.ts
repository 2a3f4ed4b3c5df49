import { type ProblemCode, type ProblemDetails, problemStatus } from '@jumun/contract'

/** The members that every problem has (RFC 9457), and the id under which the server logged the request. */
interface ProblemBase<Code extends ProblemCode> {
  type: string
  title: string
  status: number
  detail: string
  code: Code
  requestId: string
}

/** A refusal as callers see it: REST answers it as application/problem+json, tRPC carries it in `error.data.problem`. */
export type Problem = { [Code in ProblemCode]: ProblemBase<Code> & ProblemDetails<Code> }[ProblemCode]

/** Builds the problem of a refusal. `details` must be those of the code. */
export function toProblem(
  { code, message, details }: { code: ProblemCode; message: string; details: object },
  requestId: string,
): Problem {
  return {
    type: `urn:jumun:problem:${code}`,
    title: titleOf(code),
    status: problemStatus[code],
    detail: message,
    code,
    requestId,
    ...details,
  } as Problem
}

function titleOf(code: ProblemCode): string {
  const words = code.toLowerCase().replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
