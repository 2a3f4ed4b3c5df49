import { type SessionView, type SignInInput, signInInput } from '@jumun/contract'
import { DomainError, type SignedIn, useSignInCode } from '@jumun/domain'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Provider } from '../auth/provider.ts'
import { isForeign, ownOrigin } from '../auth/same-origin.ts'
import type { Sessions } from '../auth/sessions.ts'
import type { Caller } from '../auth/tokens.ts'
import { isLoopback } from '../loopback.ts'
import type { Services } from '../services.ts'
import { SMALL_BODY_BYTES } from './body-length.ts'
import { providerRoutes } from './provider-sign-in.ts'
import { parseJsonBodies } from './request-text.ts'
import { counted, parse } from './session-call.ts'

/** The ways to sign in, and what they need. */
export interface SignInOptions {
  sessions: Sessions
  authSecret: string
  /** Undefined without an identity provider. */
  provider: Provider | undefined
  /** Whether anyone may sign in as any member. */
  development: boolean
}

interface Options {
  signIn: SignInOptions
  services: Pick<Services, 'em' | 'allowSelfCharge'>
  /** Counts a sign-in: `ok`, or the code of the problem. */
  countSignIn(outcome: string): void
  /** Whether the shop has a page for refused sign-ins. */
  hasPages: boolean
}

const nothing = z.strictObject({})

/** Serves the sign-in of browsers at /session: see docs/decisions/0012-browser-sessions.md. */
export async function sessionRoutes(server: FastifyInstance, options: Options): Promise<void> {
  const { signIn, countSignIn, hasPages } = options
  const { sessions, provider } = signIn
  const parseJson = server.getDefaultJsonParser('error', 'error')
  parseJsonBodies(server, (request, text, done) => (text === '' ? done(null) : parseJson(request, text, done)))
  const limits = { bodyLimit: SMALL_BODY_BYTES }

  server.get('/session', async (request, reply) => {
    parse(nothing, request.query)
    const { caller } = request
    const isSession = caller !== undefined && request.headers.authorization === undefined
    return toView(isSession ? await sessions.prolong(request, reply, caller) : caller, options)
  })

  server.post('/session', limits, (request, reply) =>
    counted(countSignIn, async () => {
      parse(nothing, request.query)
      const who = await identify(parse(signInInput, request.body), request, options)
      return reply.send(toView(await sessions.start(request, reply, who), options))
    }),
  )

  server.delete('/session', limits, async (request, reply) => {
    parse(nothing, request.query)
    parse(nothing, request.body ?? {})
    sessions.end(request, reply)
    return reply.code(204).send()
  })

  if (provider) await server.register(providerRoutes, { provider, signIn, countSignIn, hasPages })
}

/**
 * The answer that `GET /session` would give to the requested page. Undefined if a page of another site led here: for such a navigation the
 * browser does not send the session's cookie, though it sends it when the page itself asks.
 */
export function pageSession(options: Pick<Options, 'signIn' | 'services'>) {
  const { sessions } = options.signIn
  return async (request: FastifyRequest, reply: FastifyReply): Promise<SessionView | undefined> => {
    if (isForeign(request)) return undefined
    const session = await sessions.read(request)
    if (session) return toView(await sessions.prolong(request, reply, session), options)
    return request.headers['sec-fetch-site'] === undefined ? undefined : toView(undefined, options)
  }
}

/** Who signs in. Throws `UNAUTHENTICATED` and `FORBIDDEN`. */
async function identify(
  input: SignInInput,
  request: FastifyRequest,
  { signIn, services }: Pick<Options, 'signIn' | 'services'>,
): Promise<SignedIn> {
  // Otherwise a foreign page could sign its visitors in with an account of its own (login CSRF).
  if (isForeign(request)) throw new DomainError('FORBIDDEN', 'Only a page of this address may sign in.', {})
  if ('code' in input) {
    const who = await useSignInCode(services.em, input.code)
    if (who === undefined) throw new DomainError('UNAUTHENTICATED', 'This code is not valid, or no longer.', {})
    return who
  }
  // The host must be this machine too: after DNS rebinding, a foreign page would have our own origin.
  if (signIn.development && isLoopback(hostOf(request))) return input
  throw new DomainError('FORBIDDEN', 'Nobody can sign in here without a code.', {})
}

function hostOf(request: FastifyRequest): string {
  return new URL(ownOrigin(request)).hostname.replace(/^\[|\]$/g, '')
}

function toView(caller: Caller | undefined, { signIn, services }: Pick<Options, 'signIn' | 'services'>): SessionView {
  const session = caller && {
    memberId: caller.memberId,
    role: caller.role,
    expiresAt: new Date(caller.expiresAt).toISOString(),
  }
  return {
    session: session ?? null,
    signIn: { development: signIn.development, provider: signIn.provider !== undefined },
    selfCharge: services.allowSelfCharge,
  }
}
