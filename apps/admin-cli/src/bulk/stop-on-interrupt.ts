import { type Interrupt, listenForInterrupt } from '../terminal/interrupt.ts'
import { printMessage } from '../terminal/output.ts'
import type { Progress } from '../terminal/progress.ts'

/** Listens for Ctrl-C during bulk work, until it is disposed of. The first Ctrl-C ends the bar and prints a message. */
export function stopOnInterrupt(progress: Pick<Progress, 'stop'>): Interrupt {
  return listenForInterrupt(() => {
    progress.stop()
    printMessage('Stopping once the running calls end. Ctrl-C again stops at once.')
  })
}
