import { DomainError } from '../src/errors.ts'

/** What a call that must be refused was refused with: its code and, beside it, the details. */
export async function refusalOf(call: Promise<unknown>): Promise<Record<string, unknown>> {
  const answer = await call.then(
    (fulfilled) => fulfilled,
    (error: unknown) => error,
  )
  return asRefusal(answer)
}

/** The code and details of a refusal that is a result, such as those of `placeOrders`. */
function asRefusal(result: unknown): Record<string, unknown> {
  if (result instanceof DomainError) return { code: result.code, ...result.details }
  if (result instanceof Error) throw result
  throw new Error(`Expected a refusal, got ${JSON.stringify(result)}`)
}
