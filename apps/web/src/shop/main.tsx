import '../shared/styles/tokens.css'
import '../shared/styles/base.css'
import './styles/layout.css'
import './styles/header.css'
import './styles/products.css'
import './styles/orders.css'
import './styles/narrow.css'
import { QueryClientProvider } from '@tanstack/react-query'
import { createRoot } from 'react-dom/client'
import { startLive } from '../shared/live.ts'
import { signInByLink } from '../shared/sign-in-link.ts'
import { App } from './app.tsx'
import { followShop } from './follow-shop.ts'
import { queryClient } from './query-client.ts'

await signInByLink()
followShop(queryClient)
// Replaces the head of the page, which shop.html holds so that the first paint need not wait for scripts.
createRoot(document.getElementById('app') as HTMLElement).render(
  <QueryClientProvider client={queryClient}>
    <App />
  </QueryClientProvider>,
)
startLive()
