import { vi } from 'vitest'
import { PATIENCE_MS, scaleByLoad } from './machine-load.ts'

/**
 * Waits until a check no longer throws. `expect.poll` does the same for one value, and `waitFor` measures the time.
 *
 * @returns what the check returns
 * @throws the last error of the check, after 20 seconds of a machine with nothing else to do
 */
export function until<Value>(check: () => Value | Promise<Value>, intervalMs = 50): Promise<Value> {
  return vi.waitFor(check, { timeout: scaleByLoad(PATIENCE_MS), interval: intervalMs })
}
