import { type SessionView, type SignInInput, signInInput } from '@jumun/contract'
import { DomainError, type SignedIn, useSignInCode } from '@jumun/domain'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { BegunSignIns } from '../auth/begun-sign-ins.ts'
import { invalidSignIn, type Provider } from '../auth/provider.ts'
import { isForeign, ownOrigin } from '../auth/same-origin.ts'
import type { Sessions } from '../auth/sessions.ts'
import type { Caller } from '../auth/tokens.ts'
import { invalidInput, toDomainError } from '../errors/to-domain-error.ts'
import { isLoopback } from '../loopback.ts'
import type { Services } from '../services.ts'
import { SMALL_BODY_BYTES } from './body-length.ts'
import { parseJsonBodies } from './request-text.ts'

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
}

const CALLBACK = '/session/callback'

const nothing = z.strictObject({})

/**
 * A path of our own: printable ASCII without a backslash, which browsers take for a slash, and not `//`, which begins a host. Browsers
 * resolve it within the origin of the response.
 */
const path = z.string().regex(/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,500}$/, 'must be a path of this address')
const beginInput = z.strictObject({ returnTo: path.default('/') })

/** Serves the sign-in of browsers at /session: see docs/decisions/0012-browser-sessions.md. */
export async function sessionRoutes(server: FastifyInstance, options: Options): Promise<void> {
  const { signIn, countSignIn } = options
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

  if (provider) providerRoutes(server, provider, { signIn, countSignIn })
}

/**
 * Who is signed in, for a page that is being loaded; undefined where that cannot be told, because a link of another site led here and the
 * browser has kept the cookie back.
 */
export async function sessionOfPage(
  request: FastifyRequest,
  options: Pick<Options, 'signIn' | 'services'>,
): Promise<SessionView | undefined> {
  return isForeign(request) ? undefined : toView(await options.signIn.sessions.read(request), options)
}

/** The navigations to the identity provider and back. Without HEAD, which would use up the answer. */
function providerRoutes(
  server: FastifyInstance,
  provider: Provider,
  { signIn: { sessions, authSecret }, countSignIn }: Pick<Options, 'signIn' | 'countSignIn'>,
): void {
  const begun = new BegunSignIns(authSecret)
  const noHead = { exposeHeadRoute: false }

  server.get('/session/provider', noHead, async (request, reply) => {
    const { returnTo } = parse(beginInput, request.query)
    const { url, ...signIn } = await provider.begin(ownOrigin(request) + CALLBACK)
    await begun.keep(request, reply, { ...signIn, returnTo })
    return reply.redirect(url)
  })

  server.get(CALLBACK, noHead, (request, reply) =>
    counted(countSignIn, async () => {
      const kept = await begun.take(request, reply)
      if (kept === undefined) throw invalidSignIn()
      const address = new URL(ownOrigin(request) + CALLBACK)
      address.search = request.url.split('?').slice(1).join('?')
      await sessions.start(request, reply, await provider.finish(address, kept))
      return reply.redirect(kept.returnTo)
    }),
  )
}

/** Who signs in. Throws `UNAUTHENTICATED` and `FORBIDDEN`. */
async function identify(
  input: SignInInput,
  request: FastifyRequest,
  { signIn, services }: Pick<Options, 'signIn' | 'services'>,
): Promise<SignedIn> {
  // Else a page could sign its visitors in as somebody whom it knows.
  if (isForeign(request)) throw new DomainError('FORBIDDEN', 'Only a page of this address may sign in.', {})
  if ('code' in input) {
    const who = await useSignInCode(services.em, input.code)
    if (who === undefined) throw new DomainError('UNAUTHENTICATED', 'This code is not valid, or no longer.', {})
    return who
  }
  // By the host too: a page whose name was made to lead to this machine would be of our own origin.
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

async function counted<Result>(count: Options['countSignIn'], run: () => Promise<Result>): Promise<Result> {
  try {
    const result = await run()
    count('ok')
    return result
  } catch (error) {
    count(toDomainError(error).code)
    throw error
  }
}

function parse<Output>(schema: z.ZodType<Output>, input: unknown): Output {
  const parsed = schema.safeParse(input)
  if (!parsed.success) throw invalidInput(parsed.error)
  return parsed.data
}
