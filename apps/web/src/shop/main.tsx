import '../shared/styles/tokens.css'
import '../shared/styles/base.css'
import './styles/shop.css'
import { isJumunError } from '@jumun/client'
import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { createRoot } from 'react-dom/client'
import { startLive } from '../shared/live.ts'
import { signInByLink } from '../shared/sign-in-link.ts'
import { App } from './app.tsx'
import { followShop } from './follow-shop.ts'

/** The client of the API retries by itself. */
const queries = new QueryClient({
  defaultOptions: { queries: { retry: false, staleTime: 30_000 } },
  queryCache: new QueryCache({
    onError(error) {
      // The session has ended: pages of a member lead to the sign-in.
      if (isJumunError(error, 'UNAUTHENTICATED')) void queries.invalidateQueries({ queryKey: ['session'] })
    },
  }),
})

await signInByLink()
followShop(queries)
createRoot(document.getElementById('app') as HTMLElement).render(
  <QueryClientProvider client={queries}>
    <App />
  </QueryClientProvider>,
)
startLive()
