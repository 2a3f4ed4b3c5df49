import { signIn } from './session.ts'

/** Exchanges the one-time code of a sign-in link, which stands behind `#code=`, and removes it from the address. */
export async function signInByLink(): Promise<void> {
  const code = /^#code=(.+)$/.exec(location.hash)?.[1]
  if (code === undefined) return
  history.replaceState(null, '', location.pathname + location.search)
  await signIn({ code })
}
