import { QueryClient } from '@tanstack/react-query'
import { gatherReads } from '../shared/gathered-reads.ts'
import { onLiveEvent } from '../shared/live.ts'

/** What the console has read. The client of the API retries by itself. */
export const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: 10_000 } } })

const reads = gatherReads(queryClient)

// After a resync, changes may have been missed, so the shown queries are read again. A page follows changes only while it is shown, so
// queries that no page shows are read again when a page shows them.
onLiveEvent((event) => {
  if (event.type === 'resync') return reads.stale()
  for (const query of queryClient.getQueryCache().getAll())
    if (!(query.isActive() || query.state.isInvalidated || query.queryKey[0] === 'session')) query.invalidate()
})
