import type { QueryClient, QueryKey } from '@tanstack/react-query'

/** Changes that come close together are read together. */
const GATHER_MS = 100

/** What must be read again. */
export interface GatheredReads {
  /** Reads again, soon, what these keys begin with. */
  stale(...queryKey: QueryKey): void
  /** Marks at once what is still waiting, so that who shows it next reads it. */
  stop(): void
}

/**
 * Reads again what changed. A read that is under way may be older than the change: another one follows it. It is not cut short, because
 * then nothing would ever be read in a shop where something changes all the time.
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
