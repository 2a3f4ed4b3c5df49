import { SignJWT } from 'jose'

/** Whose token, and for how long. */
export interface TokenClaims {
  memberId: string
  role: 'admin' | 'member'
  expiresInSeconds: number
}

/** Signs a token as the API expects it (HS256; claims sub, role, exp). */
export function mintToken(options: TokenClaims & { secret: string }): Promise<string> {
  const { secret, memberId, role, expiresInSeconds } = options
  return new SignJWT({ role })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(memberId)
    .setIssuedAt()
    .setExpirationTime(`${expiresInSeconds}s`)
    .sign(new TextEncoder().encode(secret))
}
