import type { ChangePage, ListChangesInput } from '@jumun/contract'
import type { LiveHub } from './hub.ts'
import { type Found, nextPart } from './next-part.ts'
import type { Filter } from './topics.ts'

/** How many pages one call reads to find changes of its topics. */
const MAX_PAGES = 10

type Position = Pick<ListChangesInput, 'after' | 'limit'> & { filter: Filter }

/** Reads the changes after a cursor without waiting for any. Throws `CURSOR_EXPIRED`. */
export async function readPast(hub: LiveHub, { after, limit, filter }: Position): Promise<Found & { atEnd: boolean }> {
  let place = await hub.open(after)
  const found: Found = { entries: [], next: place.cursor, reset: false }
  for (let pages = 1; place.part; pages++) {
    const { part, more } = place
    found.entries.push(...part.matching(filter))
    found.next = part.next
    found.reset = part.reset
    if (!more) break
    if (found.entries.length >= limit || pages === MAX_PAGES) return { ...found, atEnd: false }
    place = await hub.read(part.next)
  }
  return { ...found, atEnd: true }
}

/** Waits for changes where `readPast` has found none. */
export async function waitForChanges(
  hub: LiveHub,
  found: Found & { atEnd: boolean },
  { filter, signal }: { filter: Filter; signal: AbortSignal },
): Promise<Found> {
  if (found.entries.length > 0 || found.reset || !found.atEnd) return found
  return nextPart(hub, found.next, { filter, signal })
}

/** Makes the answer of at most `limit` changes. */
export function toPage({ entries, next, reset }: Found, limit: number): ChangePage {
  const items = entries.slice(0, limit).map(({ cursor, change }) => ({ cursor, ...change }))
  const last = items.at(-1)
  return { items, nextCursor: last && entries.length > limit ? last.cursor : next, reset }
}
