import { afterEach, beforeEach, vi } from 'vitest'

/** Fires each timer as soon as nothing else happens, so that time limits do not depend on the load of the machine. */
export function useFastTimers(): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] })
    vi.setTimerTickMode('nextTimerAsync')
  })
  afterEach(() => void vi.useRealTimers())
}
