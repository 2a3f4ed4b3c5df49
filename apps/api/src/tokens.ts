import { memberId } from '@jumun/domain/contract'
import { createRemoteJWKSet, type JWTVerifyGetKey, type JWTVerifyOptions, jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'

/** Who calls. */
export interface Caller {
  memberId: string
  role: 'member' | 'admin'
}

/** Verifies a bearer token. Throws when it is expired, forged, or not one of ours. */
export type VerifyToken = (token: string) => Promise<Caller>

const CLOCK_TOLERANCE_SECONDS = 5
const KEY_FETCH_TIMEOUT_MS = 3_000
const KEY_FETCH_COOLDOWN_MS = 30_000

/** Algorithms of an identity provider's public keys. None is symmetric: a public key must never serve as an HMAC secret. */
const PUBLIC_KEY_ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA']

const claims = z.object({ sub: memberId, role: z.enum(['member', 'admin']).default('member') })

/** How tokens are signed: with our own HS256 key, or with the keys that an identity provider publishes. */
export interface TokenSettings {
  authSecret: string
  jwksUrl?: string | undefined
  issuer?: string | undefined
  audience?: string | undefined
}

/** Makes the verifier of the tokens that the settings describe. */
export function tokenVerifier({ authSecret, jwksUrl, issuer, audience }: TokenSettings): VerifyToken {
  const options: JWTVerifyOptions = {
    algorithms: jwksUrl === undefined ? ['HS256'] : PUBLIC_KEY_ALGORITHMS,
    requiredClaims: ['exp', 'sub'],
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
  }
  const getKey = keySource(authSecret, jwksUrl)
  return async (token) => {
    const { payload } = await jwtVerify(token, getKey, options)
    const { sub, role } = claims.parse(payload)
    return { memberId: sub, role }
  }
}

function keySource(authSecret: string, jwksUrl: string | undefined): JWTVerifyGetKey {
  if (jwksUrl === undefined) {
    const key = new TextEncoder().encode(authSecret)
    return async () => key
  }
  return createRemoteJWKSet(new URL(jwksUrl), {
    timeoutDuration: KEY_FETCH_TIMEOUT_MS,
    cooldownDuration: KEY_FETCH_COOLDOWN_MS,
  })
}

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
