import type { Database, StaleAnswer } from '@jumun/domain'
import type { Context } from './context.ts'

type Reading = Pick<Context, 'services' | 'sayAge'>

/**
 * Reads what may be so many seconds old, from the replica if it will do, and says in the header `Age` how old it is at most. Without
 * an age, reads it as it is.
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

/** Returns the answer of a read, and says its age if it comes from the replica. */
export function withAge<Answer>(ctx: Pick<Context, 'sayAge'>, { answer, ageSeconds }: StaleAnswer<Answer>): Answer {
  if (ageSeconds !== undefined) ctx.sayAge(ageSeconds)
  return answer
}
