import { type TestApi, useApi } from '@jumun/test-kit/api'
import type { Fetch, JumunClient } from '../src/index.ts'

/** Starts an API for the test file that calls it, and creates clients that record the procedures they call. */
export function useRealApi() {
  const api: TestApi = useApi({ platform: 'mock', settings: { RATE_LIMIT_PER_SECOND: '100' } })
  const paths = new Set<string>()
  return {
    /** The names of the procedures that were called. */
    paths,
    url: () => api.url,
    token: (memberId: string) => api.token(memberId),
    adminToken: () => api.token('operator', 'admin'),
    admin: (): JumunClient => api.client('operator', 'admin', { fetch: recording(paths) }),
    member: (memberId: string): JumunClient => api.client(memberId, 'member', { fetch: recording(paths) }),
  }
}

function recording(paths: Set<string>): Fetch {
  return (url, init) => {
    const { pathname } = new URL(url)
    // Followed over REST, because EventSource sends no token.
    const names = pathname === '/api/events' ? 'live.changes' : pathname.replace('/trpc/', '')
    for (const name of names.split(',')) paths.add(name)
    return fetch(url, init)
  }
}
