import { setTimeout as sleep } from 'node:timers/promises'

/** Often enough for what is measured, and seldom enough to leave the machine to those who are waited for. */
const POLL_MS = 20

/** Waits until something is true, and tells how many milliseconds that took. What fails meanwhile is asked again. */
export async function waitFor(isTrue: () => boolean | Promise<boolean>, timeoutMs: number): Promise<number> {
  const begun = performance.now()
  for (;;) {
    let cause: unknown
    try {
      if (await isTrue()) return performance.now() - begun
    } catch (error) {
      cause = error
    }
    if (performance.now() - begun > timeoutMs) throw new Error(`Not within ${timeoutMs} ms: ${isTrue}`, { cause })
    await sleep(POLL_MS)
  }
}
