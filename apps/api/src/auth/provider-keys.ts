import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose'
import { unavailable } from '../errors/to-domain-error.ts'

const KEY_FETCH_TIMEOUT_MS = 3_000
const KEY_FETCH_COOLDOWN_MS = 30_000
const KEY_FETCH_BACKOFF_MS = 1_000

/** The source of the keys that verify tokens. */
export interface KeySource {
  getKey: JWTVerifyGetKey
  /** Fetches the keys again. Returns false if there is nothing to fetch, or it is too early. Throws `UNAVAILABLE` when fetching fails. */
  refresh(): Promise<boolean>
}

/**
 * Fetches an identity provider's keys: at most once in 30 seconds, so that tokens with unknown key ids cannot flood the
 * provider, and at most once a second while fetching fails.
 */
export function providerKeys(url: URL): KeySource {
  let retryAt = 0
  const keys = createRemoteJWKSet(url, {
    timeoutDuration: KEY_FETCH_TIMEOUT_MS,
    cooldownDuration: KEY_FETCH_COOLDOWN_MS,
    async [customFetch](...request) {
      if (performance.now() < retryAt) throw new Error('The last fetch of the keys failed less than a second ago.')
      return fetch(...request)
    },
  })
  const orUnavailable = (error: unknown): never => {
    if (TOKEN_ERRORS.some((tokenError) => error instanceof tokenError)) throw error
    if (performance.now() >= retryAt) retryAt = performance.now() + KEY_FETCH_BACKOFF_MS
    throw unavailable("The identity provider's keys cannot be fetched. Try again shortly.", error)
  }
  return {
    getKey: (header, token) => keys(header, token).catch(orUnavailable),
    async refresh() {
      if (keys.coolingDown) return false
      await keys.reload().catch(orUnavailable)
      return true
    },
  }
}

/** The token is at fault, not the provider: its key id is unknown, or its key type is not supported. */
const TOKEN_ERRORS = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported]
