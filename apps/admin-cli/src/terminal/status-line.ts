import { truncate } from './truncate.ts'

const REDRAW_MS = 200
/** Empties the line that the cursor is in. */
export const CLEAR_LINE = '\r\u001b[K'

/** Where a line may be drawn; on a terminal it has a width. */
type Screen = NodeJS.WritableStream & Partial<Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>>

/** A line that says how long work goes on. */
export interface Waiting extends Disposable {
  /** Makes room for something else; the line comes back by itself. */
  clear(): void
}

/**
 * Says how far work has come that is not counted in things done. It shows on a terminal only, and leaves nothing on it.
 *
 * @param tell what to say; asked again each time, with the seconds since the beginning
 */
export function showWaiting(tell: (seconds: number) => string, stream: Screen = process.stderr): Waiting {
  if (!stream.isTTY) return { clear: () => {}, [Symbol.dispose]: () => {} }
  const startedAt = performance.now()
  const clear = () => void stream.write(CLEAR_LINE)
  const timer = setInterval(() => {
    const line = tell((performance.now() - startedAt) / 1_000)
    stream.write(CLEAR_LINE + truncate(line, stream.columns ?? Infinity))
  }, REDRAW_MS)
  return {
    clear,
    [Symbol.dispose]() {
      clearInterval(timer)
      clear()
    },
  }
}
