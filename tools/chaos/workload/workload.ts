import { setTimeout as sleep } from 'node:timers/promises'
import type { Order } from '@jumun/client'
import { audit } from '../checker/audit.ts'
import { describe, isOutcomeUnknown } from './calls.ts'
import type { Fixture } from './fixture.ts'
import type { History } from './history.ts'
import { planOperations } from './plan.ts'

const AUDIT_PAUSE_MS = 20_000

/** Callers and an auditor that run until they are stopped. */
export interface Workload {
  /** Resolves when every current operation has ended. */
  stop(): Promise<void>
}

/** Starts callers, each of which runs its planned operations without a pause, and an audit every 20 seconds. */
export function startWorkload(options: {
  fixture: Fixture
  history: History
  seed: number
  callers: number
}): Workload {
  const { fixture, history, seed, callers } = options
  const stopping = new AbortController()
  const runCaller = async (index: number) => {
    const recent: Order[] = []
    for (const { run, random, nextKey } of planOperations(seed, index)) {
      if (stopping.signal.aborted) return
      await run({ fixture, history, random, nextKey, recent })
    }
  }
  const runAudits = async () => {
    while (await pause(AUDIT_PAUSE_MS, stopping.signal)) {
      try {
        await audit(fixture, history)
      } catch (error) {
        if (!isOutcomeUnknown(error)) history.recordViolation(`audit: ${describe(error)}`)
      }
    }
  }
  const all = Promise.all([...Array.from({ length: callers }, (_, index) => runCaller(index)), runAudits()])
  return {
    async stop() {
      stopping.abort()
      await all
    },
  }
}

/** Returns false if the signal ended the pause early. */
function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  return sleep(ms, undefined, { signal }).then(
    () => true,
    () => false,
  )
}
