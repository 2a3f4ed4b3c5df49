import type { Audit } from '@jumun/client'
import { describe } from '../../failure.ts'

/** The latest result: `off` without audits, `waiting` before the first result, `failed` if the last audit failed. */
export type Invariants =
  | { state: 'off' | 'waiting' }
  | { state: 'failed'; reason: string }
  | { state: 'known'; at: string; holds: boolean; count: number; broken: string[] }

/** A background loop of audits. */
export interface AuditWatch extends Disposable {
  latest(): Invariants
  /** Waits for the first result. */
  first(): Promise<void>
}

export interface AuditWatchOptions {
  /** Runs one audit; undefined: none are run. */
  audit: ((signal: AbortSignal) => Promise<Audit>) | undefined
  /** The pause between two audits. */
  intervalSeconds: number
}

/** Audits the shop repeatedly until it is disposed of. After a failed audit it tries again after the pause. */
export function watchAudit({ audit, intervalSeconds }: AuditWatchOptions): AuditWatch {
  if (audit === undefined)
    return { latest: () => ({ state: 'off' }), first: async () => {}, [Symbol.dispose]: () => {} }
  const abort = new AbortController()
  let latest: Invariants = { state: 'waiting' }
  let timer: NodeJS.Timeout | undefined
  const runOnce = async () => {
    latest = await auditOnce(audit, abort.signal)
    if (!abort.signal.aborted) timer = setTimeout(runOnce, intervalSeconds * 1_000)
  }
  const first = runOnce()
  return {
    latest: () => latest,
    first: () => first,
    [Symbol.dispose]() {
      abort.abort()
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
    return { state: 'failed', reason: describe(error) }
  }
}
