import { useSyncExternalStore } from 'react'

/** The sentence for screen readers. */
let text = ''
const listeners = new Set<() => void>()

/** Says a sentence politely to those who use a screen reader. */
export function announce(sentence: string): void {
  // Screen readers speak only a text that changes, so a repeated sentence gets a space.
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
