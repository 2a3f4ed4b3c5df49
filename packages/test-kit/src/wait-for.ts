import { setTimeout as sleep } from 'node:timers/promises'
import { PATIENCE_MS, scaleByLoad } from './machine-load.ts'

/** Short compared with the times that tests measure, and long enough to leave the processor to the processes under test. */
const POLL_MS = 20

/**
 * Waits until a condition holds. A condition that throws is checked again.
 *
 * @returns the milliseconds it took
 * @throws Error after `timeoutMs`, caused by the last error of the condition
 */
export async function waitFor(
  isTrue: () => boolean | Promise<boolean>,
  timeoutMs = scaleByLoad(PATIENCE_MS),
): Promise<number> {
  const started = performance.now()
  for (;;) {
    let cause: unknown
    try {
      if (await isTrue()) return performance.now() - started
    } catch (error) {
      cause = error
    }
    if (performance.now() - started > timeoutMs) throw new Error(`Not within ${timeoutMs} ms: ${isTrue}`, { cause })
    await sleep(POLL_MS)
  }
}
