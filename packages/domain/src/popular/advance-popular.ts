import { type EntityManager, IsolationLevel } from '@mikro-orm/postgresql'
import { type Loop, startPolling } from '../background/loop.ts'
import { lockRollup } from './lock-rollup.ts'
import type { PopularWindows } from './popular-windows.ts'
import { rebuildLocked } from './rebuild-popular.ts'
import { rollUp } from './roll-up.ts'

const INTERVAL_MS = 1_000
const BACKOFF_MS = 5_000
/** After the first runs of relay and feed, whose connection is free by then. */
const FIRST_AFTER_MS = 200

/**
 * Adds to the rollup what was sold and cancelled since the last call, in one transaction. Any number of processes may call
 * it: one does the work, the others find the rollup locked and return at once.
 *
 * @returns whether there is more to do
 */
export async function advancePopular(em: EntityManager, { maxHours }: { maxHours?: number } = {}): Promise<boolean> {
  return em.fork().transactional(
    async (em) => {
      // A step lost in a crash of the server is repeated, so the commit need not wait for the disk.
      await em.execute('set local synchronous_commit = off')
      const rollup = await lockRollup(em, { wait: false })
      if (!rollup) return false
      if (rollup.overtaken) {
        await rebuildLocked(em, rollup)
        return false
      }
      return (await rollUp(em, rollup, maxHours)) < rollup.safe
    },
    // Sales must be read after the safe limit is known, so each statement needs its own snapshot.
    { isolationLevel: IsolationLevel.READ_COMMITTED },
  )
}

/** Starts the loop that keeps the rollup, and the windows that this process caches, up to date. */
export function startPopular(em: EntityManager, windows: PopularWindows, onError: (error: unknown) => void): Loop {
  const runOnce = async () => {
    const more = await advancePopular(em)
    await windows.refresh(em)
    return more
  }
  return startPolling({
    runOnce,
    intervalMs: INTERVAL_MS,
    firstAfterMs: FIRST_AFTER_MS,
    backoffMs: BACKOFF_MS,
    onError,
  })
}

/** Starts the loop that keeps the windows of a replica up to date. The rollup is written on the primary. */
export function startRefreshing(windows: PopularWindows, onError: (error: unknown) => void): Loop {
  const runOnce = async () => {
    await windows.refresh()
    return false
  }
  return startPolling({ runOnce, intervalMs: INTERVAL_MS, backoffMs: BACKOFF_MS, onError })
}
