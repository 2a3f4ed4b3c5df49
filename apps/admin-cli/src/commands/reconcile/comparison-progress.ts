import type { Reconciliation } from '@jumun/client'
import { clock } from '../../terminal/format-duration.ts'
import { type Progress, startProgress } from '../../terminal/progress.ts'
import { showWaiting } from '../../terminal/status-line.ts'

/** Shows how far a comparison of orders has come: with the time left, unless there are too many to be counted. */
export interface Comparison {
  /** Told of each stretch. */
  add(stretch: Reconciliation): void
  stop(): void
}

/** Starts to show, on a terminal. What is over with its first stretch gets no bar. */
export function startComparison(): Comparison {
  let compared = 0
  let bar: Progress | undefined
  let isOver = false
  const waiting = showWaiting(
    (seconds) => `${compared} orders compared, ${Math.round(compared / seconds)}/s, ${clock(seconds)}`,
  )
  return {
    add(stretch) {
      compared += stretch.compared
      if (!isOver && stretch.total !== undefined && stretch.nextCursor !== null) {
        waiting[Symbol.dispose]()
        bar = startProgress(stretch.total, 'orders')
      }
      bar?.add(stretch.compared)
    },
    stop() {
      isOver = true
      if (bar) bar.stop()
      else waiting[Symbol.dispose]()
    },
  }
}
