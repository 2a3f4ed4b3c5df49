import { startHttpProxy } from '@jumun/test-kit/http-proxy'
import { onTestFinished } from 'vitest'

/** A proxy that passes everything on. `reached` resolves with the request of that number, counted from 1. */
export async function startReachedProxy(
  target: string,
  count: number,
): Promise<{ url: string; reached: Promise<void> }> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const url = await startHttpProxy({
    target,
    fateOf: ({ nth }) => {
      if (nth === count) resolve()
      return 'pass'
    },
    cleanUp: onTestFinished,
  })
  return { url, reached: promise }
}
