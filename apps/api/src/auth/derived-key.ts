import { hkdfSync } from 'node:crypto'

const KEY_BYTES = 32

/**
 * An HS256 key for one purpose (RFC 5869), so that what is signed for one is valid for no other: no cookie is a bearer token, and no
 * bearer token a cookie.
 */
export function derivedKey(authSecret: string, purpose: string): string {
  return Buffer.from(hkdfSync('sha256', authSecret, '', `jumun ${purpose}`, KEY_BYTES)).toString('base64url')
}
