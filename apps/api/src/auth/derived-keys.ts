import { hkdfSync } from 'node:crypto'
import { mapSecrets } from './split-secrets.ts'

const KEY_BYTES = 32

/**
 * HS256 keys for one purpose, one of each secret (RFC 5869), so that what is signed for one is valid for no other: no cookie is a bearer token, and no
 * bearer token a cookie.
 */
export function derivedKeys(authSecret: string, purpose: string): string {
  return mapSecrets(authSecret, (secret) =>
    Buffer.from(hkdfSync('sha256', secret, '', `jumun ${purpose}`, KEY_BYTES)).toString('base64url'),
  )
}
