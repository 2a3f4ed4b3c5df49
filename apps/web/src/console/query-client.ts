import { QueryClient } from '@tanstack/react-query'
import { onLiveEvent } from '../shared/live.ts'

/** What the console has read. The client of the API retries by itself. */
export const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: 10_000 } } })

// What the feed may have missed is read again. Each page follows the changes that concern it.
onLiveEvent((event) => event.type === 'resync' && void queryClient.invalidateQueries())
