import type { SignedIn } from '@jumun/domain'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { decodeJwt, SignJWT } from 'jose'
import { deleteCookie, readCookie, setCookie } from './cookies.ts'
import { derivedKeys } from './derived-keys.ts'
import { isForeign, isSafe } from './same-origin.ts'
import { signingKey } from './secret-keys.ts'
import { type Caller, tokenVerifier, type VerifyToken } from './tokens.ts'

const COOKIE = 'jumun'
const AUDIENCE = 'jumun session'

/** A session that is not used for this long ends. */
const IDLE_SECONDS = 12 * 3_600
/** A session ends after this time even if it is used. A role that the identity provider has withdrawn is gone by then. */
const LONGEST_SECONDS = 7 * 86_400
/** A session is prolonged only if its expiry was set longer ago than this, so that most responses set no cookie. */
const PROLONG_AFTER_SECONDS = 600

/** The sessions of browsers. A session is a signed token in a cookie that scripts cannot read; the server stores nothing. */
export class Sessions {
  readonly #key: Uint8Array
  readonly #verify: VerifyToken

  constructor(authSecret: string) {
    const keys = derivedKeys(authSecret, 'session')
    this.#key = signingKey(keys)
    this.#verify = tokenVerifier({ authSecret: keys, audience: AUDIENCE })
  }

  /**
   * Reads who is signed in. Undefined without a session, or with one that has ended. Also undefined for a page of another origin, even if
   * the browser sends the cookie, as it does from another port of the same host.
   */
  async read(request: FastifyRequest): Promise<Caller | undefined> {
    const token = readCookie(request, COOKIE)
    if (token === undefined || (isSafe(request) && isForeign(request))) return undefined
    return this.#verify(token).catch(() => undefined)
  }

  /** Signs in. */
  start(request: FastifyRequest, reply: FastifyReply, who: SignedIn): Promise<Caller> {
    return this.#write(request, reply, { who, signedInAt: nowSeconds() })
  }

  /** Prolongs a session that was read from a request, if that is due. Returns the session with its new expiry. */
  async prolong(request: FastifyRequest, reply: FastifyReply, session: Caller): Promise<Caller> {
    if (session.expiresAt / 1_000 - nowSeconds() > IDLE_SECONDS - PROLONG_AFTER_SECONDS) return session
    const signedInAt = Number(decodeJwt(readCookie(request, COOKIE) ?? '')['auth_time'])
    const isLongest = session.expiresAt / 1_000 >= signedInAt + LONGEST_SECONDS
    return isLongest ? session : this.#write(request, reply, { who: session, signedInAt })
  }

  /** Signs out: the browser forgets the session. */
  end(request: FastifyRequest, reply: FastifyReply): void {
    deleteCookie(request, reply, COOKIE, 'strict')
  }

  async #write(
    request: FastifyRequest,
    reply: FastifyReply,
    { who: { memberId, role }, signedInAt }: { who: SignedIn; signedInAt: number },
  ): Promise<Caller> {
    const now = nowSeconds()
    const expires = Math.min(now + IDLE_SECONDS, signedInAt + LONGEST_SECONDS)
    const token = await new SignJWT({ role, auth_time: signedInAt })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(memberId)
      .setAudience(AUDIENCE)
      .setExpirationTime(expires)
      .sign(this.#key)
    setCookie(request, reply, { name: COOKIE, value: token, seconds: expires - now, sameSite: 'strict' })
    return { memberId, role, expiresAt: expires * 1_000 }
  }
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1_000)
}
