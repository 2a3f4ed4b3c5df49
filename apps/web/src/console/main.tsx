import '../shared/styles/tokens.css'
import '../shared/styles/base.css'
import './styles/console.css'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { createRoot } from 'react-dom/client'
import { startLive } from '../shared/live.ts'
import { signInByLink } from '../shared/sign-in-link.ts'
import { queryClient } from './query-client.ts'
import { router } from './router.tsx'

await signInByLink()
createRoot(document.getElementById('app') as HTMLElement).render(
  <QueryClientProvider client={queryClient}>
    <RouterProvider router={router} />
  </QueryClientProvider>,
)
startLive()
