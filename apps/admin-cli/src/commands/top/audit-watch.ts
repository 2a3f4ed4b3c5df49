import { type Audit, isJumunError } from '@jumun/client'
import { describe } from '../../failure.ts'

/** What is known of the invariants: nothing when they are not looked at, or not yet, or why they cannot be. */
export type Invariants =
  | { state: 'off' | 'waiting' }
  | { state: 'failed'; reason: string }
  | { state: 'known'; at: string; holds: boolean; count: number; broken: string[] }

/** An audit that is made again and again beside everything else. */
export interface AuditWatch extends Disposable {
  latest(): Invariants
  /** Waits for the first result. */
  first(): Promise<void>
}

export interface AuditWatchOptions {
  /** Undefined: the invariants are not looked at. */
  audit: ((signal: AbortSignal) => Promise<Audit>) | undefined
  /** The pause between two audits: each reads the whole shop. */
  intervalSeconds: number
}

/** Audits the shop now and then until it is disposed of. An audit that fails is told, and tried again after the pause. */
export function watchAudit({ audit, intervalSeconds }: AuditWatchOptions): AuditWatch {
  if (audit === undefined)
    return { latest: () => ({ state: 'off' }), first: async () => {}, [Symbol.dispose]: () => {} }
  const over = new AbortController()
  let latest: Invariants = { state: 'waiting' }
  let timer: NodeJS.Timeout | undefined
  const runOnce = async () => {
    latest = await auditOnce(audit, over.signal)
    if (!over.signal.aborted) timer = setTimeout(runOnce, intervalSeconds * 1_000)
  }
  const first = runOnce()
  return {
    latest: () => latest,
    first: () => first,
    [Symbol.dispose]() {
      over.abort()
      clearTimeout(timer)
    },
  }
}

async function auditOnce(audit: (signal: AbortSignal) => Promise<Audit>, signal: AbortSignal): Promise<Invariants> {
  try {
    const { at, holds, invariants } = await audit(signal)
    const broken = invariants.filter(({ broken }) => broken > 0).map(({ name, broken }) => `${name} (${broken})`)
    return { state: 'known', at, holds, count: invariants.length, broken }
  } catch (error) {
    return { state: 'failed', reason: isJumunError(error) ? describe(error) : String(error) }
  }
}
