/** Lets one sleeper wait until the signal is set, or for a limited time. A signal that is set before the wait is not lost. */
export class WakeSignal {
  #isSet = false
  #resolve: (() => void) | undefined

  set(): void {
    this.#isSet = true
    this.#resolve?.()
  }

  /** Resolves when the signal is set or the time is over, and resets the signal. */
  async wait(timeoutMs: number): Promise<void> {
    if (!this.#isSet) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs)
        this.#resolve = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    this.#isSet = false
    this.#resolve = undefined
  }
}
