import { isJumunError } from '@jumun/client'
import { CommandFailure, EXIT_UNREACHABLE } from '../failure.ts'

/** The state of Ctrl-C. */
export interface Interrupt extends Disposable {
  /** Aborted by the first Ctrl-C: start nothing new. */
  stop: AbortSignal
  /** Aborted by a second Ctrl-C: give up running calls too. */
  now: AbortSignal
}

/** One Ctrl-C arrives twice under npm: once from the terminal, once passed on by npm. */
const SAME_INTERRUPT_MS = 500

/** Listens for SIGINT and SIGTERM until it is disposed of. */
export function listenForInterrupt(onStop = () => {}): Interrupt {
  const stop = new AbortController()
  const now = new AbortController()
  let firstAt = 0
  const interrupt = () => {
    if (!stop.signal.aborted) {
      firstAt = performance.now()
      stop.abort()
      onStop()
    } else if (performance.now() - firstAt > SAME_INTERRUPT_MS) now.abort()
  }
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt)
  return {
    stop: stop.signal,
    now: now.signal,
    [Symbol.dispose]: () => void process.off('SIGINT', interrupt).off('SIGTERM', interrupt),
  }
}

/**
 * Makes a call that changes something and that Ctrl-C aborts; it then fails with `ABORTED`. Throws `CommandFailure` if the server cannot
 * be reached and it is certain that nothing was done.
 */
export async function interruptible<Answer>(
  call: (options: { signal: AbortSignal }) => Promise<Answer>,
): Promise<Answer> {
  using interrupt = listenForInterrupt()
  try {
    return await call({ signal: interrupt.stop })
  } catch (error) {
    if (!isJumunError(error, 'UNREACHABLE') || error.isOutcomeUnknown) throw error
    throw new CommandFailure(`${error.message} Nothing was done.`, EXIT_UNREACHABLE)
  }
}
