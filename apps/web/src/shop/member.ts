import { useSession } from '../shared/session.ts'

/** The member who is signed in; null: nobody is; undefined: that is not known yet. */
export function useMember(): string | null | undefined {
  const state = useSession()
  return state === undefined ? undefined : (state.session?.memberId ?? null)
}

/** The address of the sign-in page, which leads back to the current one, or to the given one. */
export function signInPath(then = location.pathname + location.search): string {
  return `/sign-in?then=${encodeURIComponent(then)}`
}

/** Where to go after signing in: a path of this shop, whatever the address says. */
export function pathAfterSignIn(search: string): string {
  const then = new URL(new URLSearchParams(search).get('then') ?? '/', location.origin)
  return then.origin === location.origin ? then.pathname + then.search : '/'
}
