import type { LiveHub, Reader } from './hub.ts'
import type { Entry, Part } from './part.ts'
import type { Filter } from './topics.ts'

/** Some changes for one reader, and the cursor after them. */
export interface Found {
  entries: Entry[]
  next: string
  reset: boolean
}

/**
 * Waits for the first changes after a cursor.
 *
 * @returns no changes if the signal is aborted or the process stops first
 */
export async function nextPart(
  hub: LiveHub,
  after: string,
  { filter, signal }: { filter: Filter; signal: AbortSignal },
): Promise<Found> {
  const start = await hub.open(after)
  const { promise, resolve, reject } = Promise.withResolvers<Found>()
  let cursor = start.cursor
  const nothing = () => resolve({ entries: [], next: cursor, reset: false })
  const reader: Reader = {
    take(part: Part) {
      const entries = part.matching(filter)
      // Only the first part with changes counts: the next call reads the later ones.
      if (entries.length > 0 || part.reset) resolve({ entries, next: part.next, reset: part.reset })
      else cursor = part.next
    },
    ready: async () => {},
    heartbeat: () => {},
    fail: reject,
    drain: nothing,
  }
  const leave = hub.attach(reader, start)
  signal.addEventListener('abort', nothing)
  if (signal.aborted) nothing()
  try {
    return await promise
  } finally {
    signal.removeEventListener('abort', nothing)
    leave()
  }
}
