import { type Interrupt, listenForInterrupt } from '../terminal/interrupt.ts'
import { say } from '../terminal/output.ts'
import type { Progress } from '../terminal/progress.ts'

/** Listens for Ctrl-C during long work, until it is disposed of, and tells the user that it was heard. */
export function stopOnInterrupt(progress: Pick<Progress, 'stop'>): Interrupt {
  return listenForInterrupt(() => {
    progress.stop()
    say('Stopping after what is under way. Ctrl-C again: at once.')
  })
}
