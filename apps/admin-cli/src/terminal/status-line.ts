import { Control, type OutputStream, write } from './output.ts'
import { truncate } from './truncate.ts'

const REDRAW_MS = 200
/** Moves the cursor to the start of its line and clears the line. */
export const CLEAR_LINE = new Control('\r\u001b[K')

/** One line on the terminal that is redrawn until it is disposed of. */
export interface StatusLine extends Disposable {
  /** Clears the line so that something else can be printed; the next redraw brings it back. */
  clear(): void
}

/**
 * Shows the state of work whose end is not known. It draws on a terminal only, and clears its line at the end.
 *
 * @param render makes the text of each redraw, from the seconds since the start
 */
export function showStatusLine(render: (seconds: number) => string, stream: OutputStream = process.stderr): StatusLine {
  if (!stream.isTTY) return { clear: () => {}, [Symbol.dispose]: () => {} }
  const startedAt = performance.now()
  const clear = () => write(stream, CLEAR_LINE)
  const timer = setInterval(() => {
    const line = render((performance.now() - startedAt) / 1_000)
    write(stream, CLEAR_LINE, truncate(line, stream.columns ?? Infinity))
  }, REDRAW_MS)
  return {
    clear,
    [Symbol.dispose]() {
      clearInterval(timer)
      clear()
    },
  }
}
