import type { PointEntry } from '@jumun/client'
import { PAGE_MAX_LIMIT } from '@jumun/contract/limits'
import { useEffect, useReducer, useState } from 'react'
import { jumun } from '../../shared/jumun.ts'
import { followMember } from './follow-member.ts'

interface Ledger {
  /** From the newest to the oldest. The array is another one after each page. */
  entries: readonly PointEntry[]
  isComplete: boolean
  error: unknown
}

const NOTHING_READ: Ledger = { entries: [], isComplete: false, error: undefined }

/** Reads every entry of a member's ledger, page by page, and then what is added to it. */
export function useLedger(memberId: string): Ledger & { retry: () => void } {
  const [ledger, setLedger] = useState(NOTHING_READ)
  const [attempt, retry] = useReducer((count: number) => count + 1, 0)
  useEffect(() => {
    const stop = new AbortController()
    const { signal } = stop
    let known: readonly PointEntry[] = []
    const show = (entries: readonly PointEntry[], isComplete: boolean) => {
      if (signal.aborted) return
      known = entries
      setLedger({ entries, isComplete, error: undefined })
    }
    const fail = (error: unknown) => signal.aborted || setLedger((before) => ({ ...before, error }))
    if (attempt > 0) setLedger(NOTHING_READ)
    let reading = readAll(memberId, signal, show).catch(fail)
    const stopListening = followMember(memberId, () => {
      // One after another, so that none is added twice.
      reading = reading
        .then(async () => show([...(await readNew(memberId, known[0]?.id ?? 0, signal)), ...known], true))
        .catch(fail)
    })
    return () => {
      stop.abort()
      stopListening()
    }
  }, [memberId, attempt])
  return { ...ledger, retry }
}

async function readAll(
  memberId: string,
  signal: AbortSignal,
  show: (entries: readonly PointEntry[], isComplete: boolean) => void,
): Promise<void> {
  let entries: readonly PointEntry[] = []
  let cursor: string | undefined
  do {
    const page = await jumun.point.history.query({ memberId, cursor, limit: PAGE_MAX_LIMIT }, { signal })
    entries = [...entries, ...page.items]
    cursor = page.nextCursor ?? undefined
    show(entries, cursor === undefined)
  } while (cursor !== undefined)
}

/** Reads the entries that are newer than one. */
async function readNew(memberId: string, newest: number, signal: AbortSignal): Promise<PointEntry[]> {
  const added: PointEntry[] = []
  let cursor: string | undefined
  do {
    const page = await jumun.point.history.query({ memberId, cursor, limit: PAGE_MAX_LIMIT }, { signal })
    const newer = page.items.filter(({ id }) => id > newest)
    added.push(...newer)
    cursor = newer.length === page.items.length ? (page.nextCursor ?? undefined) : undefined
  } while (cursor !== undefined)
  return added
}
