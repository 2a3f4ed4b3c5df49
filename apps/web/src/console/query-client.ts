import { QueryClient } from '@tanstack/react-query'
import { gatherReads } from '../shared/gathered-reads.ts'
import { onLiveEvent } from '../shared/live.ts'

/** What the console has read. The client of the API retries by itself. */
export const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: 10_000 } } })

const reads = gatherReads(queryClient)

// What the feed may have missed is read again. Each page follows the changes that concern it, but only while it is shown: what no page
// shows now is read again by the next one that does.
onLiveEvent((event) => {
  if (event.type === 'resync') return reads.stale()
  for (const query of queryClient.getQueryCache().getAll())
    if (!(query.isActive() || query.state.isInvalidated || query.queryKey[0] === 'session')) query.invalidate()
})
