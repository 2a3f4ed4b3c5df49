import { clock } from './clock.ts'
import { truncate } from './truncate.ts'

const REDRAW_MS = 200
const CLEAR_LINE = '\r\u001b[K'

/**
 * Says for how long something has been going on of which nobody knows when it ends. It shows on a terminal only, and leaves
 * nothing on it.
 *
 * @param tell what is going on; asked again each time, with the seconds since the beginning
 */
export function showWaiting(
  tell: (seconds: number) => string,
  stream: NodeJS.WriteStream = process.stderr,
): Disposable {
  if (!stream.isTTY) return { [Symbol.dispose]: () => {} }
  const startedAt = performance.now()
  const draw = () => {
    const seconds = (performance.now() - startedAt) / 1_000
    stream.write(CLEAR_LINE + truncate(`${tell(seconds)}, ${clock(seconds)}`, stream.columns))
  }
  const timer = setInterval(draw, REDRAW_MS)
  return {
    [Symbol.dispose]() {
      clearInterval(timer)
      stream.write(CLEAR_LINE)
    },
  }
}
