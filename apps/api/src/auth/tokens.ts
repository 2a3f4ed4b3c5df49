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
import { z } from 'zod'
import { unavailable } from '../errors/to-domain-error.ts'

/** The authenticated caller. */
export interface Caller {
  memberId: string
  role: 'member' | 'admin'
}

/** Verifies a bearer token. Throws when the token is not valid, and `UNAVAILABLE` when the keys cannot be fetched. */
export type VerifyToken = (token: string) => Promise<Caller>

const CLOCK_TOLERANCE_SECONDS = 5
/** How long a verified token is cached, and so how long it stays valid after the provider has withdrawn its key. */
const VERIFIED_TOKEN_TTL_MS = 60_000
const MAX_VERIFIED_TOKENS = 10_000
const KEY_FETCH_TIMEOUT_MS = 3_000
const KEY_FETCH_COOLDOWN_MS = 30_000
const KEY_FETCH_BACKOFF_MS = 1_000

/** All asymmetric, so that a public key can never be used as an HMAC secret. */
const PUBLIC_KEY_ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA']

const claims = z.object({ sub: memberId, role: z.enum(['member', 'admin']).default('member'), exp: z.number() })

/** Tokens are verified with our HS256 key, or with an identity provider's public keys when `jwksUrl` is set. */
export interface TokenSettings {
  authSecret: string
  jwksUrl?: string | undefined
  issuer?: string | undefined
  audience?: string | undefined
}

/** Creates a verifier that caches valid tokens for a minute, or until they expire. Invalid tokens are not cached. */
export function tokenVerifier({ authSecret, jwksUrl, issuer, audience }: TokenSettings): VerifyToken {
  const options: JWTVerifyOptions = {
    algorithms: jwksUrl === undefined ? ['HS256'] : PUBLIC_KEY_ALGORITHMS,
    requiredClaims: ['exp', 'sub'],
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
  }
  const getKey = keySource(authSecret, jwksUrl)
  const verifiedTokens = new Map<string, { caller: Caller; cachedUntil: number }>()
  return async (token) => {
    const verified = verifiedTokens.get(token)
    if (verified && performance.now() < verified.cachedUntil) return verified.caller
    verifiedTokens.delete(token)
    const { payload } = await jwtVerify(token, getKey, options)
    const { sub, role, exp } = claims.parse(payload)
    const caller = { memberId: sub, role }
    const ttlMs = Math.min(VERIFIED_TOKEN_TTL_MS, (exp + CLOCK_TOLERANCE_SECONDS) * 1_000 - Date.now())
    // A map iterates in order of insertion, so the first token is the oldest.
    const [oldest] = verifiedTokens.keys()
    if (oldest !== undefined && verifiedTokens.size >= MAX_VERIFIED_TOKENS) verifiedTokens.delete(oldest)
    verifiedTokens.set(token, { caller, cachedUntil: performance.now() + ttlMs })
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
 * Fetches an identity provider's keys: at most once in 30 seconds, so that tokens with unknown key ids cannot flood the
 * provider, and at most once a second while fetching fails.
 */
function remoteKeys(url: URL): JWTVerifyGetKey {
  let retryAt = 0
  const keys = createRemoteJWKSet(url, {
    timeoutDuration: KEY_FETCH_TIMEOUT_MS,
    cooldownDuration: KEY_FETCH_COOLDOWN_MS,
    async [customFetch](...request) {
      if (performance.now() < retryAt) throw new Error('The last fetch of the keys failed less than a second ago.')
      return fetch(...request)
    },
  })
  return async (header, token) => {
    try {
      return await keys(header, token)
    } catch (error) {
      if (TOKEN_ERRORS.some((tokenError) => error instanceof tokenError)) throw error
      if (performance.now() >= retryAt) retryAt = performance.now() + KEY_FETCH_BACKOFF_MS
      throw unavailable("The identity provider's keys cannot be fetched. Try again shortly.", error)
    }
  }
}

/** The token is at fault, not the provider: its key id is unknown, or its key type is not supported. */
const TOKEN_ERRORS = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported]

/** Signs a token with our HS256 key, for demos and tests. In production, the operator's sign-in service issues tokens. */
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
