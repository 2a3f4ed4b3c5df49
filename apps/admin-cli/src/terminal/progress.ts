import { formatDuration } from './format-duration.ts'
import { Control, type OutputStream, write } from './output.ts'

const BAR_WIDTH = 24
/** Enough for the text beside the bar while the counts stay below a hundred million. */
const TEXT_WIDTH = 56
const DEFAULT_COLUMNS = 80
const REDRAW_MS = 200
const LINE_START = new Control('\u001b[1G')
const CLEAR_REST = new Control('\u001b[K')

/** A progress bar. */
export interface Progress {
  add(count: number): void
  /** Draws the bar a last time and moves the cursor to the next line. Later calls do nothing. */
  stop(): void
}

/**
 * Shows a bar with the rate and the time left, on a terminal only.
 *
 * @param total the bar is full at this count; a larger count raises the total
 * @param what is counted, such as `products`
 */
export function startProgress(total: number, what: string, stream: OutputStream = process.stderr): Progress {
  if (!stream.isTTY) return { add: () => {}, stop: () => {} }
  const startedAt = performance.now()
  const barWidth = Math.max(1, Math.min(BAR_WIDTH, (stream.columns ?? DEFAULT_COLUMNS) - TEXT_WIDTH))
  let done = 0
  let pace = ''
  let drawn = ''
  const draw = () => {
    const knownTotal = Math.max(total, done)
    const share = knownTotal === 0 ? 1 : done / knownTotal
    const bar = '='.repeat(Math.round(share * barWidth)).padEnd(barWidth, '-')
    const line = `[${bar}] ${Math.floor(share * 100)}% ${done}/${knownTotal} ${what}${pace}`.slice(0, stream.columns)
    // Moves to the start of the line, and clears what a longer line left behind.
    if (line !== drawn) write(stream, LINE_START, line, CLEAR_REST)
    drawn = line
  }
  draw()
  let timer: NodeJS.Timeout | undefined = setInterval(draw, REDRAW_MS)
  return {
    add(count) {
      done += count
      if (done === 0) return
      const perSecond = done / ((performance.now() - startedAt) / 1_000)
      pace = `, ${Math.round(perSecond)}/s, ${formatDuration(Math.max(0, total - done) / perSecond)} left`
    },
    stop() {
      if (timer === undefined) return
      clearInterval(timer)
      timer = undefined
      draw()
      write(stream, '\n')
    },
  }
}
