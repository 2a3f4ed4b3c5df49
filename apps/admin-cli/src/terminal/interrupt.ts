/** What Ctrl-C asks for. */
export interface Interrupt extends Disposable {
  /** Begin nothing new. */
  stop: AbortSignal
  /** Leave even what is under way; asked for by a second Ctrl-C. */
  now: AbortSignal
}

/** A terminal's Ctrl-C reaches us once from the terminal, and once more from npm if that started us. */
const SAME_INTERRUPT_MS = 500

/**
 * Listens for SIGINT and SIGTERM until it is disposed of.
 *
 * @param onStop told of the first
 */
export function listenForInterrupt(onStop: () => void): Interrupt {
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

/** Makes a call that changes something. Ctrl-C gives it up, and it fails with `ABORTED`. */
export async function interruptible<Answer>(
  call: (options: { signal: AbortSignal }) => Promise<Answer>,
): Promise<Answer> {
  using interrupt = listenForInterrupt(() => {})
  return await call({ signal: interrupt.stop })
}
