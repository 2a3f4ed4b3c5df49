import type { Audit } from '@jumun/client'
import { describe } from '../../failure.ts'

/** The latest result: `off` without audits, `waiting` before the first result, `failed` if the last audit failed. */
export type Invariants =
  | { state: 'off' | 'waiting' }
  | { state: 'failed'; reason: string }
  | { state: 'known'; at: string; holds: boolean; count: number; broken: string[] }

/** Runs one audit. */
export type RunAudit = (signal: AbortSignal) => Promise<Audit>

export type AuditWatch = ReturnType<typeof watchAudit>

/**
 * Audits the shop in the background until it is disposed of, with a pause between two audits, failed ones too.
 *
 * @param audit undefined: no audits are run
 */
export function watchAudit(audit: RunAudit | undefined, pauseSeconds: number) {
  const abort = new AbortController()
  let latest: Invariants = { state: audit ? 'waiting' : 'off' }
  let timer: NodeJS.Timeout | undefined
  const runOnce = async () => {
    if (!audit) return
    latest = await auditOnce(audit, abort.signal)
    if (!abort.signal.aborted) timer = setTimeout(runOnce, pauseSeconds * 1_000)
  }
  return {
    latest: () => latest,
    /** Settles with the first result. */
    first: runOnce(),
    [Symbol.dispose]() {
      abort.abort()
      clearTimeout(timer)
    },
  }
}

async function auditOnce(audit: RunAudit, signal: AbortSignal): Promise<Invariants> {
  try {
    const { at, holds, invariants } = await audit(signal)
    const broken = invariants.filter(({ broken }) => broken > 0).map(({ name, broken }) => `${name} (${broken})`)
    return { state: 'known', at, holds, count: invariants.length, broken }
  } catch (error) {
    return { state: 'failed', reason: describe(error) }
  }
}
