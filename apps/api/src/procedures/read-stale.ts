import type { Database, StaleAnswer } from '@jumun/domain'
import type { Context } from './context.ts'

type Reading = Pick<Context, 'services' | 'sayAge'>

/**
 * Reads from the replica if an answer may be `maxAgeSeconds` old and the replica is not further behind, and otherwise from the primary.
 * An answer of the replica gets the header `Age`: how many seconds old it is at most.
 */
export async function readStale<Answer>(
  ctx: Reading,
  maxAgeSeconds: number | undefined,
  read: (em: Database['em']) => Promise<Answer>,
): Promise<Answer> {
  const { reads, replica } = ctx.services
  if (!replica || maxAgeSeconds === undefined) return read(reads)
  const from = { replica: () => read(replica.em), primary: () => read(reads) }
  return withAge(ctx, await replica.read(maxAgeSeconds, from))
}

/** Returns the answer of a read, and sets `Age` if it comes from the replica. */
export function withAge<Answer>(ctx: Pick<Context, 'sayAge'>, { answer, ageSeconds }: StaleAnswer<Answer>): Answer {
  if (ageSeconds !== undefined) ctx.sayAge(ageSeconds)
  return answer
}
