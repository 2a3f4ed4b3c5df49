import type { Reconciliation } from '@jumun/client'
import { formatDuration } from '../../terminal/format-duration.ts'
import { type Progress, startProgress } from '../../terminal/progress.ts'
import { showStatusLine } from '../../terminal/status-line.ts'

/** The progress of a comparison: a bar if the API reports a total, a status line if there are too many orders to count. */
export interface ComparisonProgress {
  /** Adds the result of one call. */
  add(page: Reconciliation): void
  stop(): void
}

/** Shows progress on a terminal. A comparison that takes only one call gets no bar. */
export function startComparisonProgress(): ComparisonProgress {
  let compared = 0
  let bar: Progress | undefined
  let isOver = false
  const status = showStatusLine(
    (seconds) => `${compared} orders compared, ${Math.round(compared / seconds)}/s, ${formatDuration(seconds)}`,
  )
  return {
    add(page) {
      compared += page.compared
      if (!isOver && page.total !== undefined && page.nextCursor !== null) {
        status[Symbol.dispose]()
        bar = startProgress(page.total, 'orders')
      }
      bar?.add(page.compared)
    },
    stop() {
      isOver = true
      if (bar) bar.stop()
      else status[Symbol.dispose]()
    },
  }
}
