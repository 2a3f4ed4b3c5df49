import { errors, type JWTVerifyGetKey, type JWTVerifyOptions, jwtVerify } from 'jose'
import type { KeySource } from './provider-keys.ts'
import { MAX_KEYS_TRIED, splitSecrets } from './split-secrets.ts'

/** The HS256 key that signs. */
export function signingKey(authSecret: string): Uint8Array {
  const [first = ''] = splitSecrets(authSecret)
  return new TextEncoder().encode(first)
}

/** The HS256 keys that verify. */
export function secretKeys(authSecret: string): KeySource {
  const keys = splitSecrets(authSecret).map((secret) => new TextEncoder().encode(secret))
  return {
    // With several secrets it behaves like a provider's key set in which several keys match the token's header.
    getKey: async () => {
      const [key, ...others] = keys
      if (key && others.length === 0) return key
      throw Object.assign(new errors.JWKSMultipleMatchingKeys(), {
        async *[Symbol.asyncIterator]() {
          yield* keys
        },
      })
    },
    refresh: async () => false,
  }
}

/** Verifies a token with its key, or, if several keys match its header, with each of them in turn. */
export async function verifyWithAnyKey(getKey: JWTVerifyGetKey, token: string, options: JWTVerifyOptions) {
  try {
    return await jwtVerify(token, getKey, options)
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error
    let tried = 0
    for await (const key of error) {
      if (tried++ === MAX_KEYS_TRIED) break
      const verified = await jwtVerify(token, key, options).catch(ignoreWrongSignature)
      if (verified) return verified
    }
    throw new errors.JWSSignatureVerificationFailed()
  }
}

function ignoreWrongSignature(error: unknown): undefined {
  if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error
}
