import type { OutboxReasons } from '@jumun/client'
import { PAGE_MAX_LIMIT } from '@jumun/contract/limits'
import { jumun } from '../../shared/jumun.ts'

/** What to send again: one event, all dead letters of a reason, or all there are. */
export type Target = { id: string } | { reason: string | null } | 'all'

export interface ReplayProgress {
  replayed: number
  total: number
}

/**
 * Replays dead letters, call by call. It stops when there are none left, or when the signal is aborted. It also stops when it has replayed
 * as many as there were at the beginning: otherwise it would replay events for ever that become dead letters again.
 */
export async function replay(
  target: Target,
  total: number,
  { signal, onProgress }: { signal: AbortSignal; onProgress: (progress: ReplayProgress) => void },
): Promise<ReplayProgress> {
  const progress = { replayed: 0, total }
  const next = stepsOf(target)
  while (!signal.aborted && progress.replayed < total) {
    const step = await next(signal)
    if (!step) break
    progress.replayed += step.replayed
    onProgress({ ...progress })
    if (step.replayed === 0) break
  }
  return progress
}

/** One call after the other. */
function stepsOf(target: Target): (signal: AbortSignal) => Promise<{ replayed: number } | undefined> {
  if (target !== 'all' && 'id' in target) {
    return (signal) => jumun.outbox.replay.mutate({ ids: [target.id] }, { signal })
  }
  if (target !== 'all' && target.reason !== null) {
    const { reason } = target
    return (signal) => jumun.outbox.replay.mutate({ reason }, { signal })
  }
  return async (signal) => {
    const { items } = await jumun.outbox.list.query({ state: 'dead', limit: PAGE_MAX_LIMIT }, { signal })
    const ids = items.filter(({ reason }) => target === 'all' || reason === null).map(({ id }) => id)
    return ids.length === 0 ? undefined : jumun.outbox.replay.mutate({ ids }, { signal })
  }
}

/** How many dead letters a target has. */
export function countOf(target: Target, { items, dead }: OutboxReasons): number {
  if (target === 'all') return dead
  if ('id' in target) return 1
  return items.find(({ reason }) => reason === target.reason)?.count ?? 0
}
