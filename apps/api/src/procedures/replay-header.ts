import type { Outcome } from '@jumun/domain'
import type { Context } from './context.ts'

/** Returns the answer of a call, and sets `Idempotent-Replayed: true` if it is a replay. */
export function withReplayHeader<Answer>(
  ctx: Pick<Context, 'setHeader'>,
  { answer, replayed }: Outcome<Answer>,
): Answer {
  if (replayed) ctx.setHeader('idempotent-replayed', 'true')
  return answer
}
