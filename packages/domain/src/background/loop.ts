import { outsideSpans } from '../tracing/tracing.ts'

/** Background work that repeats until it is stopped. */
export interface Loop {
  /** Ends the current sleep, because there is work now. */
  wake(): void
  /** Ends the loop after the current run. */
  stop(): Promise<void>
}

/**
 * Runs a piece of work again and again.
 *
 * @param runOnce does the work that is due and returns how long to sleep, in milliseconds; 0 to run again at once. It must
 * not throw.
 * @param firstAfterMs how long to sleep before the first run. Loops that start at the same time need fewer connections when they do not
 * run at the same time.
 */
export function startLoop(runOnce: () => Promise<number>, firstAfterMs = 0): Loop {
  let stopping = false
  let isWoken = false
  let endSleep = () => {}
  const wake = () => {
    isWoken = true
    endSleep()
  }
  const sleep = async (ms: number) => {
    // A wake during the run is not lost.
    if (!isWoken) {
      const { promise, resolve } = Promise.withResolvers<void>()
      endSleep = resolve
      const timer = setTimeout(resolve, ms)
      await promise
      clearTimeout(timer)
    }
    isWoken = false
  }
  const running = (async () => {
    if (firstAfterMs > 0) await sleep(firstAfterMs)
    while (!stopping) {
      const sleepMs = await outsideSpans(runOnce)
      if (sleepMs > 0 && !stopping) await sleep(sleepMs)
    }
  })()
  return {
    wake,
    async stop() {
      stopping = true
      wake()
      await running
    },
  }
}

/** After a run that leaves work, a loop sleeps this many times as long as the run took, so that a backlog does not slow down callers. */
const PAUSE_FACTOR = 3
const PAUSE_MIN_MS = 20

/** A piece of work that is repeated at an interval. */
export interface PollingOptions {
  /** Does a bounded amount of work; returns whether there is more to do. */
  runOnce: () => Promise<boolean>
  intervalMs: number
  /** How long to sleep before the first run; default 0. */
  firstAfterMs?: number
  /** How long to sleep after an error; default `intervalMs`. */
  backoffMs?: number
  onError: (error: unknown) => void
}

/** Runs a piece of work at an interval, and after a short pause again while there is more to do. Errors do not end the loop. */
export function startPolling(options: PollingOptions): Loop {
  const { runOnce, intervalMs, firstAfterMs, backoffMs = intervalMs, onError } = options
  return startLoop(async () => {
    const start = performance.now()
    try {
      const isMoreToDo = await runOnce()
      return isMoreToDo ? Math.max(PAUSE_MIN_MS, PAUSE_FACTOR * (performance.now() - start)) : intervalMs
    } catch (error) {
      onError(error)
      return backoffMs
    }
  }, firstAfterMs)
}
