import { useSyncExternalStore } from 'react'

/** What screen readers are told, one sentence at a time. */
let text = ''
const listeners = new Set<() => void>()

/** Says a sentence politely to those who use a screen reader. */
export function announce(sentence: string): void {
  // The same sentence again would be no change, which nobody hears.
  text = sentence === text ? `${sentence}\u00a0` : sentence
  for (const listener of listeners) listener()
}

/** The sentence that was said last. */
export function useAnnouncement(): string {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => text,
  )
}
