import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { BegunSignIns } from '../auth/begun-sign-ins.ts'
import { invalidSignIn, type Provider } from '../auth/provider.ts'
import { ownOrigin } from '../auth/same-origin.ts'
import type { Sessions } from '../auth/sessions.ts'
import { handleError, logServerError } from '../errors/error-handler.ts'
import { toDomainError } from '../errors/to-domain-error.ts'
import { isNavigation } from './navigation.ts'
import { counted, parse } from './session-call.ts'

interface Options {
  provider: Provider
  signIn: { sessions: Sessions; authSecret: string }
  countSignIn(outcome: string): void
  /** Whether the shop has a page that shows refusals. */
  hasPages: boolean
}

const CALLBACK = '/session/callback'

/**
 * A path of our own: printable ASCII without a backslash, which browsers take for a slash, and not `//`, which begins a host. Browsers
 * resolve it within the origin of the response.
 */
const path = z.string().regex(/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,500}$/, 'must be a path of this address')
const beginInput = z.strictObject({ returnTo: path.default('/') })

/** The navigations to the identity provider and back. Without HEAD, which would use up the answer. */
export async function providerRoutes(server: FastifyInstance, options: Options): Promise<void> {
  const { provider, signIn, countSignIn, hasPages } = options
  const begun = new BegunSignIns(signIn.authSecret)
  const noHead = { exposeHeadRoute: false }
  /** Where those who sign in want to go. */
  const wanted = new WeakMap<FastifyRequest, string>()

  server.setErrorHandler((error, request, reply) => {
    if (!hasPages || !isNavigation(request)) return handleError(error, request, reply)
    logServerError(request.log, error, { path: request.routeOptions.url, requestId: request.id })
    return showRefusal(reply, toDomainError(error).code, wanted.get(request))
  })

  server.get('/session/provider', noHead, async (request, reply) => {
    const { returnTo } = parse(beginInput, request.query)
    wanted.set(request, returnTo)
    const { url, ...signIn } = await provider.begin(ownOrigin(request) + CALLBACK)
    await begun.keep(request, reply, { ...signIn, returnTo })
    return reply.redirect(url)
  })

  server.get(CALLBACK, noHead, (request, reply) =>
    counted(countSignIn, async () => {
      const kept = await begun.take(request, reply)
      if (kept === undefined) throw invalidSignIn()
      wanted.set(request, kept.returnTo)
      const address = new URL(ownOrigin(request) + CALLBACK)
      address.search = request.url.split('?').slice(1).join('?')
      await signIn.sessions.start(request, reply, await provider.finish(address, kept))
      return reply.redirect(kept.returnTo)
    }),
  )
}

/** Leads a browser to the sign-in page, which says what happened in its language. The address holds nothing of the provider's answer. */
function showRefusal(reply: FastifyReply, refused: string, then = '/'): FastifyReply {
  return reply.redirect(`/sign-in?${new URLSearchParams({ refused, then })}`, 302)
}
