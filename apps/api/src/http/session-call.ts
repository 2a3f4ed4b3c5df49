import type { z } from 'zod'
import { invalidInput, toDomainError } from '../errors/to-domain-error.ts'

/** Runs a sign-in and counts its outcome: `ok`, or the code of the problem. */
export async function counted<Result>(count: (outcome: string) => void, run: () => Promise<Result>): Promise<Result> {
  try {
    const result = await run()
    count('ok')
    return result
  } catch (error) {
    count(toDomainError(error).code)
    throw error
  }
}

/** Reads an input. Throws `BAD_REQUEST`. */
export function parse<Output>(schema: z.ZodType<Output>, input: unknown): Output {
  const parsed = schema.safeParse(input)
  if (!parsed.success) throw invalidInput(parsed.error)
  return parsed.data
}
