import { isLoopback } from './loopback.ts'
import type { TrustProxy } from './trust-proxy.ts'

interface SignInSettings {
  HOST: string
  TRUST_PROXY: TrustProxy
  AUTH_JWKS_URL?: string | undefined
  AUTH_ISSUER?: string | undefined
  AUTH_CLIENT_ID?: string | undefined
  AUTH_CLIENT_SECRET?: string | undefined
  DEV_SIGN_IN: boolean
}

/** Why these settings, each of them well-formed, do not go together: one line that names one of them. */
export function signInConflict(settings: SignInSettings): string | undefined {
  const { AUTH_ISSUER, AUTH_CLIENT_ID, AUTH_CLIENT_SECRET } = settings
  if (AUTH_CLIENT_SECRET !== undefined && AUTH_CLIENT_ID === undefined)
    return 'AUTH_CLIENT_SECRET: needs AUTH_CLIENT_ID'
  if (AUTH_CLIENT_ID !== undefined && !/^https?:/.test(URL.parse(AUTH_ISSUER ?? '')?.protocol ?? '')) {
    return "AUTH_CLIENT_ID: needs AUTH_ISSUER, the identity provider's http or https address"
  }
  if (settings.DEV_SIGN_IN && !canSignInAsAnyone(settings)) {
    return 'DEV_SIGN_IN: needs a HOST of this machine, no TRUST_PROXY, and no identity provider (AUTH_JWKS_URL, AUTH_CLIENT_ID)'
  }
  return undefined
}

/** Whether a sign-in without proof can be offered: only people at this machine may reach it. */
export function canSignInAsAnyone(
  settings: Pick<SignInSettings, 'HOST' | 'TRUST_PROXY' | 'AUTH_JWKS_URL' | 'AUTH_CLIENT_ID'>,
): boolean {
  const { HOST, TRUST_PROXY, AUTH_JWKS_URL, AUTH_CLIENT_ID } = settings
  return isLoopback(HOST) && TRUST_PROXY === false && AUTH_JWKS_URL === undefined && AUTH_CLIENT_ID === undefined
}
