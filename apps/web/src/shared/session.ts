import { useQuery } from '@tanstack/react-query'
import { takePageData } from './page-data.ts'

/** Who is signed in here, and how one may sign in. The answer of `GET /session`. */
export interface SessionState {
  session: Session | null
  signIn: { development: boolean; provider: boolean }
  /** Whether members may charge their own points. */
  selfCharge: boolean
}

export interface Session {
  memberId: string
  role: 'member' | 'admin'
  expiresAt: string
}

const SESSION = ['session']

/** Asks the server who is signed in, because scripts cannot read the session's cookie. */
export async function readSession(): Promise<SessionState> {
  const response = await fetch('/session')
  if (!response.ok) throw new Error(`GET /session answered ${response.status}`)
  return (await response.json()) as SessionState
}

/** Exchanges a one-time code, or signs in as anyone where the server allows it in development. Returns whether it did. */
export async function signIn(proof: { code: string } | { memberId: string; role: Session['role'] }): Promise<boolean> {
  const response = await fetch('/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(proof),
  })
  // The session that came with the page is from before the sign-in.
  if (response.ok) takeSession()
  return response.ok
}

/** Ends the session of this browser, and shows the first page. */
export async function signOut(): Promise<void> {
  await fetch('/session', { method: 'DELETE', headers: { 'content-type': 'application/json' }, body: '{}' })
}

/** Who is signed in; undefined until that is known. */
export function useSession(): SessionState | undefined {
  return useQuery({ queryKey: SESSION, queryFn: readSession, initialData: takeSession, staleTime: 60_000 }).data
}

const takeSession = () => takePageData<SessionState>('session')
