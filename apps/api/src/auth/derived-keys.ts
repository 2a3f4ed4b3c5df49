import { hkdfSync } from 'node:crypto'
import { mapSecrets } from './split-secrets.ts'

const KEY_BYTES = 32

/**
 * Derives an HS256 key for one purpose from each secret (RFC 5869). A signature for one purpose is not valid for another, so a session
 * cookie cannot be used as a bearer token, nor a bearer token as a session cookie.
 */
export function derivedKeys(authSecret: string, purpose: string): string {
  return mapSecrets(authSecret, (secret) =>
    Buffer.from(hkdfSync('sha256', secret, '', `jumun ${purpose}`, KEY_BYTES)).toString('base64url'),
  )
}
