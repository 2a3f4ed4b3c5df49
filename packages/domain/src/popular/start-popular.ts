import type { EntityManager } from '@mikro-orm/postgresql'
import { type Loop, startLoop } from '../background/loop.ts'
import { advancePopular } from './advance-popular.ts'
import type { PopularWindows } from './popular-windows.ts'

const INTERVAL_MS = 1_000
const REST_AFTER_ERROR_MS = 5_000

/** Starts the loop that keeps the rollup, and what this process remembers of it, up to date. */
export function startPopular(em: EntityManager, windows: PopularWindows, onError: (error: unknown) => void): Loop {
  return startLoop(async () => {
    try {
      const more = await advancePopular(em)
      await windows.refresh()
      return more ? 0 : INTERVAL_MS
    } catch (error) {
      onError(error)
      return REST_AFTER_ERROR_MS
    }
  })
}
