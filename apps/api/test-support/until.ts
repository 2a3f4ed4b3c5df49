import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { vi } from 'vitest'

/** Waits until something holds, for 20 seconds of an idle machine at most. */
export async function until(check: () => unknown): Promise<void> {
  await vi.waitFor(check, { timeout: scaleByLoad(20_000) })
}
