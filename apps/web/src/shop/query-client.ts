import { isJumunError } from '@jumun/client'
import { QueryCache, QueryClient } from '@tanstack/react-query'

/** What the shop has read. The client of the API retries by itself. */
export const queryClient = new QueryClient({
  defaultOptions: { queries: { retry: false, staleTime: 30_000 } },
  queryCache: new QueryCache({
    onError(error) {
      // The session has ended: pages of a member lead to the sign-in.
      if (isJumunError(error, 'UNAUTHENTICATED')) void queryClient.invalidateQueries({ queryKey: ['session'] })
    },
  }),
})
