import type { FastifyReply, FastifyRequest } from 'fastify'
import { SignJWT } from 'jose'
import { z } from 'zod'
import { deleteCookie, readCookie, setCookie } from './cookies.ts'
import { derivedKeys } from './derived-keys.ts'
import type { BegunSignIn } from './provider.ts'
import { secretKeys, signingKey, verifyWithAnyKey } from './secret-keys.ts'

const COOKIE = 'jumun-sign-in'
const LIFETIME_SECONDS = 600

const content = z.object({ state: z.string(), nonce: z.string(), verifier: z.string(), returnTo: z.string() })

/** What the cookie of the browser holds while it is at the identity provider. */
export interface KeptSignIn extends BegunSignIn {
  /** A path of our own, where the browser goes afterwards. */
  returnTo: string
}

/**
 * Sign-ins that were begun at the identity provider: each is a signed cookie of the browser that began it, for ten minutes. SameSite is
 * Lax, because the browser comes back from another site.
 */
export class BegunSignIns {
  readonly #keys: string

  constructor(authSecret: string) {
    this.#keys = derivedKeys(authSecret, 'sign-in')
  }

  async keep(request: FastifyRequest, reply: FastifyReply, { state, nonce, verifier, returnTo }: KeptSignIn) {
    const value = await new SignJWT({ state, nonce, verifier, returnTo })
      .setProtectedHeader({ alg: 'HS256' })
      .setExpirationTime(`${LIFETIME_SECONDS}s`)
      .sign(signingKey(this.#keys))
    setCookie(request, reply, { name: COOKIE, value, seconds: LIFETIME_SECONDS, sameSite: 'lax' })
  }

  /** Reads and deletes the cookie. Undefined if there is none, or if it is not valid any more. */
  async take(request: FastifyRequest, reply: FastifyReply): Promise<KeptSignIn | undefined> {
    const value = readCookie(request, COOKIE)
    if (value === undefined) return undefined
    deleteCookie(request, reply, COOKIE, 'lax')
    const options = { algorithms: ['HS256'], requiredClaims: ['exp'] }
    const verified = await verifyWithAnyKey(secretKeys(this.#keys).getKey, value, options).catch(() => {})
    return content.safeParse(verified?.payload).data
  }
}
