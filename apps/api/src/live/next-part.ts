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
 * @returns without changes after the signal, and when the process stops
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
      // What comes after the first changes is left for the next call.
      if (entries.length > 0 || part.reset) resolve({ entries, next: part.next, reset: part.reset })
      else cursor = part.next
    },
    ready: async () => {},
    beat: () => {},
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
