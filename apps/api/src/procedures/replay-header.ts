import type { Outcome } from '@jumun/domain'
import type { Context } from './context.ts'

/** The answer of a call that may be a replay, which the caller is told in a header. */
export function answerOf<Answer>(ctx: Pick<Context, 'setHeader'>, { answer, replayed }: Outcome<Answer>): Answer {
  if (replayed) ctx.setHeader('idempotent-replayed', 'true')
  return answer
}
