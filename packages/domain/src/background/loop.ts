/** Work that goes on in the background until it is stopped. */
export interface Loop {
  /** Says that there is something to do now. */
  wake(): void
  /** Ends the loop after the run it is at. */
  stop(): Promise<void>
}

/**
 * Runs a piece of work again and again.
 *
 * @param runOnce does what there is to do and says how long to sleep, in milliseconds; 0 to go on at once. It handles its
 * own errors.
 */
export function startLoop(runOnce: () => Promise<number>): Loop {
  const doorbell = new Doorbell()
  let stopping = false
  const running = (async () => {
    while (!stopping) {
      const sleepMs = await runOnce()
      if (sleepMs > 0 && !stopping) await doorbell.wait(sleepMs)
    }
  })()
  return {
    wake: () => doorbell.ring(),
    async stop() {
      stopping = true
      doorbell.ring()
      await running
    },
  }
}

/** Lets the loop sleep until somebody rings, or for a time at most. A ring before the sleep is not lost. */
class Doorbell {
  #rung = false
  #answer: (() => void) | undefined

  ring(): void {
    this.#rung = true
    this.#answer?.()
  }

  async wait(timeoutMs: number): Promise<void> {
    if (!this.#rung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs)
        this.#answer = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    this.#rung = false
    this.#answer = undefined
  }
}
