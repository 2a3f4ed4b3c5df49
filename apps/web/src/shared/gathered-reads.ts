import type { QueryClient, QueryKey } from '@tanstack/react-query'

/** Changes within this time are read together. */
const GATHER_MS = 100

/** Collects the queries that must be read again. */
export interface GatheredReads {
  /** Soon reads the queries again whose keys begin with this one. */
  stale(...queryKey: QueryKey): void
  /** Stops. Invalidates the queries that still wait, so that the next component that shows them reads them. */
  stop(): void
}

/**
 * Reads queries again after changes. A read in flight may be older than the change, so another one follows it. The read in flight is not
 * cancelled: in a shop where something changes all the time, no read would ever finish.
 */
export function gatherReads(queries: QueryClient, gatherMs = GATHER_MS): GatheredReads {
  const waiting = new Map<string, QueryKey>()
  let timer: ReturnType<typeof setTimeout> | undefined
  const read = () => {
    timer = undefined
    for (const [name, queryKey] of waiting) {
      if (queries.isFetching({ queryKey }) > 0) continue
      waiting.delete(name)
      void queries.invalidateQueries({ queryKey })
    }
    if (waiting.size > 0) timer = setTimeout(read, gatherMs)
  }
  return {
    stale(...queryKey) {
      waiting.set(JSON.stringify(queryKey), queryKey)
      timer ??= setTimeout(read, gatherMs)
    },
    stop() {
      clearTimeout(timer)
      timer = undefined
      for (const queryKey of waiting.values()) void queries.invalidateQueries({ queryKey })
      waiting.clear()
    },
  }
}
