import { memberId } from '@jumun/contract'
import {
  createRemoteJWKSet,
  customFetch,
  errors,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  jwtVerify,
  SignJWT,
} from 'jose'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import { unavailable } from '../errors/to-domain-error.ts'

/** Who calls. */
export interface Caller {
  memberId: string
  role: 'member' | 'admin'
}

/**
 * Verifies a bearer token. Throws when it is expired, forged, or not one of ours, and `UNAVAILABLE` when the keys to tell
 * so cannot be had.
 */
export type VerifyToken = (token: string) => Promise<Caller>

const CLOCK_TOLERANCE_SECONDS = 5
/** A verified token is believed for a minute: a key that its provider withdraws counts no longer. */
const BELIEVED_FOR_MS = 60_000
const BELIEVED_MAX = 10_000
const KEY_FETCH_TIMEOUT_MS = 3_000
const KEY_FETCH_COOLDOWN_MS = 30_000
const KEY_FETCH_REST_AFTER_FAILURE_MS = 1_000

/** Algorithms of an identity provider's public keys. None is symmetric: a public key must never serve as an HMAC secret. */
const PUBLIC_KEY_ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA']

const claims = z.object({ sub: memberId, role: z.enum(['member', 'admin']).default('member'), exp: z.number() })

/** How tokens are signed: with our own HS256 key, or with the keys that an identity provider publishes. */
export interface TokenSettings {
  authSecret: string
  jwksUrl?: string | undefined
  issuer?: string | undefined
  audience?: string | undefined
}

/**
 * Makes the verifier of the tokens that the settings describe. A token that was good is not verified again for a minute, or
 * until it expires; one that was not is looked at anew each time.
 */
export function tokenVerifier({ authSecret, jwksUrl, issuer, audience }: TokenSettings): VerifyToken {
  const options: JWTVerifyOptions = {
    algorithms: jwksUrl === undefined ? ['HS256'] : PUBLIC_KEY_ALGORITHMS,
    requiredClaims: ['exp', 'sub'],
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
  }
  const getKey = keySource(authSecret, jwksUrl)
  const believed = new LRUCache<string, Caller>({ max: BELIEVED_MAX })
  return async (token) => {
    const known = believed.get(token)
    if (known) return known
    const { payload } = await jwtVerify(token, getKey, options)
    const { sub, role, exp } = claims.parse(payload)
    const caller = { memberId: sub, role }
    const ttl = Math.min(BELIEVED_FOR_MS, (exp + CLOCK_TOLERANCE_SECONDS) * 1_000 - Date.now())
    if (ttl > 0) believed.set(token, caller, { ttl })
    return caller
  }
}

function keySource(authSecret: string, jwksUrl: string | undefined): JWTVerifyGetKey {
  if (jwksUrl === undefined) {
    const key = new TextEncoder().encode(authSecret)
    return async () => key
  }
  return remoteKeys(new URL(jwksUrl))
}

/**
 * The keys that an identity provider publishes. However many tokens name keys that it does not have, it is asked once in
 * 30 seconds; and while it cannot be asked, once a second.
 */
function remoteKeys(url: URL): JWTVerifyGetKey {
  let restUntil = 0
  const keys = createRemoteJWKSet(url, {
    timeoutDuration: KEY_FETCH_TIMEOUT_MS,
    cooldownDuration: KEY_FETCH_COOLDOWN_MS,
    async [customFetch](...request) {
      if (performance.now() < restUntil) throw new Error('The keys could not be fetched a moment ago.')
      return fetch(...request)
    },
  })
  return async (header, token) => {
    try {
      return await keys(header, token)
    } catch (error) {
      if (TOKENS_FAULTS.some((fault) => error instanceof fault)) throw error
      if (performance.now() >= restUntil) restUntil = performance.now() + KEY_FETCH_REST_AFTER_FAILURE_MS
      throw unavailable("The identity provider's keys cannot be had. Try again shortly.", error)
    }
  }
}

/** What no provider could help: the token names no key that there is, or none that can be used. */
const TOKENS_FAULTS = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported]

/** Signs a token of our own, for demos and tests. In production tokens come from whoever knows the members. */
export function issueToken(
  authSecret: string,
  { memberId, role, expiresInSeconds }: Caller & { expiresInSeconds: number },
): Promise<string> {
  return new SignJWT({ role })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(memberId)
    .setIssuedAt()
    .setExpirationTime(`${expiresInSeconds}s`)
    .sign(new TextEncoder().encode(authSecret))
}
