import { useSyncExternalStore } from 'react'
import type { Draft, RowDraft } from './draft.ts'

/**
 * The draft of this browser tab. It survives a reload. Its name has the prefix of calls whose outcome is unknown, so that a sign-out
 * deletes it with them: the next user to sign in must not save it.
 */
const STORED = 'jumun-call:products'

interface Kept {
  draft: Draft
  /** Why the stock changes. */
  reason: string
}

let kept: Kept = recall()
const listeners = new Set<() => void>()

function recall(): Kept {
  const stored = sessionStorage.getItem(STORED)
  return stored === null ? { draft: {}, reason: '' } : (JSON.parse(stored) as Kept)
}

function keep(next: Kept): void {
  kept = next
  if (Object.keys(next.draft).length === 0 && next.reason === '') sessionStorage.removeItem(STORED)
  else sessionStorage.setItem(STORED, JSON.stringify(next))
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function readDraft(): Draft {
  return kept.draft
}

/** Changes the draft, and stores it before anything else happens. */
export function changeDraft(change: (draft: Draft) => Draft): void {
  keep({ ...kept, draft: change(kept.draft) })
}

export function changeRow(id: number, change: Partial<RowDraft>): void {
  changeDraft((draft) => (draft[id] ? { ...draft, [id]: { ...draft[id], ...change } } : draft))
}

export function setReason(reason: string): void {
  keep({ ...kept, reason })
}

export function useDraft(): Draft {
  return useSyncExternalStore(subscribe, () => kept.draft)
}

/** What is edited of one product; a row is drawn again only when that changes. */
export function useRowDraft(id: number): RowDraft | undefined {
  return useSyncExternalStore(subscribe, () => kept.draft[id])
}

export function useReason(): string {
  return useSyncExternalStore(subscribe, () => kept.reason)
}
