import { memberId } from '@jumun/contract'
import { decodeProtectedHeader, errors, type JWTVerifyOptions, SignJWT } from 'jose'
import { z } from 'zod'
import { type KeySource, providerKeys } from './provider-keys.ts'
import { secretKeys, signingKey, verifyWithAnyKey } from './secret-keys.ts'

/** The authenticated caller. */
export interface Caller {
  memberId: string
  role: 'member' | 'admin'
  /** When the token is refused, in milliseconds since 1970. */
  expiresAt: number
}

/** Verifies a bearer token. Throws when the token is not valid, and `UNAVAILABLE` when the keys cannot be fetched. */
export type VerifyToken = (token: string) => Promise<Caller>

const CLOCK_TOLERANCE_SECONDS = 5
/** How long a verified token is cached, and so how long it stays valid after the provider has withdrawn its key. */
const VERIFIED_TOKEN_TTL_MS = 60_000
const MAX_VERIFIED_TOKENS = 10_000

/** Asymmetric algorithms only, so that a public key can never be used as an HMAC secret. */
const PUBLIC_KEY_ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA']

const claims = z.object({ sub: memberId, role: z.enum(['member', 'admin']).default('member'), exp: z.number() })

/** Tokens are verified with our HS256 key, or with an identity provider's public keys when `jwksUrl` is set. */
export interface TokenSettings {
  /** One secret, or several: see `splitSecrets`. */
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
  const keys = jwksUrl === undefined ? secretKeys(authSecret) : providerKeys(new URL(jwksUrl))
  const verifiedTokens = new Map<string, { caller: Caller; cachedUntil: number }>()
  return async (token) => {
    const verified = verifiedTokens.get(token)
    if (verified && performance.now() < verified.cachedUntil) return verified.caller
    verifiedTokens.delete(token)
    const { payload } = await verifyWith(keys, token, options)
    const { sub, role, exp } = claims.parse(payload)
    const caller = { memberId: sub, role, expiresAt: (exp + CLOCK_TOLERANCE_SECONDS) * 1_000 }
    const ttlMs = Math.min(VERIFIED_TOKEN_TTL_MS, caller.expiresAt - Date.now())
    // A map iterates in order of insertion, so the first token is the oldest.
    const [oldest] = verifiedTokens.keys()
    if (oldest !== undefined && verifiedTokens.size >= MAX_VERIFIED_TOKENS) verifiedTokens.delete(oldest)
    verifiedTokens.set(token, { caller, cachedUntil: performance.now() + ttlMs })
    return caller
  }
}

/**
 * Verifies a token. A token need not name its key (RFC 7515, 4.1.4). Without a name, each key of its algorithm is tried, and each once
 * more if new keys could be fetched.
 */
async function verifyWith({ getKey, refresh }: KeySource, token: string, options: JWTVerifyOptions) {
  try {
    return await verifyWithAnyKey(getKey, token, options)
  } catch (error) {
    const mayBeNewKey = error instanceof errors.JWSSignatureVerificationFailed
    if (!mayBeNewKey || decodeProtectedHeader(token).kid !== undefined || !(await refresh())) throw error
    return await verifyWithAnyKey(getKey, token, options)
  }
}

/** Signs a token with our HS256 key, for demos and tests. In production, the operator's sign-in service issues tokens. */
export function issueToken(
  authSecret: string,
  { memberId, role, expiresInSeconds }: Omit<Caller, 'expiresAt'> & { expiresInSeconds: number },
): Promise<string> {
  return new SignJWT({ role })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(memberId)
    .setIssuedAt()
    .setExpirationTime(`${expiresInSeconds}s`)
    .sign(signingKey(authSecret))
}
