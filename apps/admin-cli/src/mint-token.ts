import { SignJWT } from 'jose'

/** The member, role and lifetime of a token. */
export interface TokenClaims {
  memberId: string
  role: 'admin' | 'member'
  expiresInSeconds: number
}

/** Signs a token in the form that the API verifies: HS256 with the claims `sub`, `role`, `iat` and `exp`. */
export function mintToken(options: TokenClaims & { secret: string }): Promise<string> {
  const { secret, memberId, role, expiresInSeconds } = options
  return new SignJWT({ role })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(memberId)
    .setIssuedAt()
    .setExpirationTime(`${expiresInSeconds}s`)
    .sign(new TextEncoder().encode(secret))
}
