import type { Audit } from '@jumun/client'
import { useCallback, useEffect, useRef, useState } from 'react'
import { jumun } from '../../shared/jumun.ts'

/** An audit, and how long it took. */
export interface AuditRun extends Audit {
  durationMs: number
}

const STORED = 'jumun-audits'
const KEPT = 10

/** The last results of this tab, the newest first, and the way to get another. */
export function useAudit() {
  const [runs, setRuns] = useState(recall)
  const [startedAt, setStartedAt] = useState<number>()
  const [error, setError] = useState<unknown>()
  const waiting = useRef<AbortController>(undefined)
  const stop = useCallback(() => waiting.current?.abort(), [])
  useEffect(() => stop, [stop])
  const run = useCallback(async () => {
    if (waiting.current) return
    const controller = new AbortController()
    waiting.current = controller
    const began = performance.now()
    setStartedAt(Date.now())
    setError(undefined)
    try {
      const audit = await jumun.admin.audit.query({}, { signal: controller.signal })
      const next = [{ ...audit, durationMs: performance.now() - began }, ...recall()].slice(0, KEPT)
      sessionStorage.setItem(STORED, JSON.stringify(next))
      setRuns(next)
    } catch (cause) {
      if (!controller.signal.aborted) setError(cause)
    } finally {
      waiting.current = undefined
      setStartedAt(undefined)
    }
  }, [])
  return { runs, startedAt, error, run, stop }
}

function recall(): AuditRun[] {
  return JSON.parse(sessionStorage.getItem(STORED) ?? '[]') as AuditRun[]
}
