import type { EntityManager } from '@mikro-orm/postgresql'
import { type Loop, startPolling } from '../background/loop.ts'
import { advancePopular } from './advance-popular.ts'
import type { PopularWindows } from './popular-windows.ts'

const INTERVAL_MS = 1_000
const BACKOFF_MS = 5_000

/** Starts the loop that keeps the rollup, and the windows that this process caches, up to date. */
export function startPopular(em: EntityManager, windows: PopularWindows, onError: (error: unknown) => void): Loop {
  const runOnce = async () => {
    const more = await advancePopular(em)
    await windows.refresh()
    return more
  }
  return startPolling({ runOnce, intervalMs: INTERVAL_MS, backoffMs: BACKOFF_MS, onError })
}
