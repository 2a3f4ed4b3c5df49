import { setTimeout as sleep } from 'node:timers/promises'

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
    await sleep(5)
  }
}
