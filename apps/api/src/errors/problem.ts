import { type Problem, type ProblemCode, problems } from '@jumun/contract'

/** Builds the problem of a refusal. `details` must be those of the code. */
export function toProblem(
  { code, message, details }: { code: ProblemCode; message: string; details: object },
  requestId: string,
): Problem {
  return {
    type: typeOf(code),
    title: titleOf(code),
    status: problems[code].status,
    detail: message,
    code,
    requestId,
    ...details,
  } as Problem
}

/** The `type` of a problem. */
export const typeOf = (code: ProblemCode) => `urn:jumun:problem:${code}` as const

function titleOf(code: ProblemCode): string {
  const words = code.toLowerCase().replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
