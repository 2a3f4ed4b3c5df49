import { TransportError } from './transport-error.ts'

interface Settle<Value> {
  resolve: (value: Value) => void
  reject: (error: unknown) => void
}

/**
 * Runs cancellable work. Rejects with `ABORTED` as soon as the signal aborts, and does not start the work if it is aborted already.
 *
 * @param start begins the work and returns its cleanup, which runs after success, failure and cancellation
 */
export async function cancellable<Value>(
  signal: AbortSignal,
  start: (settle: Settle<Value>) => () => void,
): Promise<Value> {
  let abort = () => {}
  let cleanup = () => {}
  try {
    return await new Promise((resolve, reject) => {
      abort = () => reject(new TransportError('ABORTED', 'The call was cancelled.', { cause: signal.reason }))
      signal.addEventListener('abort', abort)
      if (signal.aborted) abort()
      else cleanup = start({ resolve, reject })
    })
  } finally {
    signal.removeEventListener('abort', abort)
    cleanup()
  }
}

/** Waits for `ms` milliseconds. Rejects with `ABORTED` as soon as the signal aborts. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return cancellable(signal, ({ resolve }) => {
    const timer = setTimeout(resolve, ms)
    return () => clearTimeout(timer)
  })
}
