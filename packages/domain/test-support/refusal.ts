import { DomainError } from '../src/errors.ts'

/** The code and details of the domain error with which a call is refused. Throws if the call succeeds or fails otherwise. */
export async function refusalOf(call: Promise<unknown>): Promise<Record<string, unknown>> {
  const result = await call.then(
    (fulfilled) => fulfilled,
    (error: unknown) => error,
  )
  return toRefusal(result)
}

function toRefusal(result: unknown): Record<string, unknown> {
  if (result instanceof DomainError) return { code: result.code, ...result.details }
  if (result instanceof Error) throw result
  throw new Error(`Expected a refusal, got ${JSON.stringify(result)}`)
}
