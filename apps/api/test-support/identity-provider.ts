import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { listenOnLoopback } from '@jumun/test-kit/loopback'
import Provider, { type Configuration } from 'oidc-provider'

export const CLIENT_ID = 'jumun'
export const CLIENT_SECRET = 'a secret of the identity provider & its client'

/** An OpenID Connect identity provider on a free port, at which a member signs in without a page. */
export interface IdentityProvider {
  issuer: string
  /** Who signs in next: the claims of the ID token; or the error with which the provider refuses. */
  answer: { sub: string; role?: string } | { error: string }
  /** Paths of the requests that it has received. */
  readonly requests: string[]
  /** Replaces its answers while it is set. */
  fault: ((request: IncomingMessage, response: ServerResponse) => void) | undefined
  close(): Promise<void>
}

/** @param redirectUris where the client may be sent to */
export async function startIdentityProvider(redirectUris: string[]): Promise<IdentityProvider> {
  const server = createServer()
  const { url: issuer, close } = await listenOnLoopback(server)
  const requests: string[] = []
  const started: IdentityProvider = {
    issuer,
    answer: { sub: 'mina' },
    requests,
    fault: undefined,
    close,
  }
  const provider = new Provider(issuer, configuration(redirectUris, started))
  provider.use(signInAtOnce(provider, started))
  const handle = provider.callback()
  server.on('request', (request, response) => {
    requests.push(request.url?.split('?', 1)[0] ?? '')
    if (started.fault) started.fault(request, response)
    else void handle(request, response)
  })
  return started
}

function configuration(redirect_uris: string[], started: IdentityProvider): Configuration {
  return {
    clients: [{ client_id: CLIENT_ID, client_secret: CLIENT_SECRET, redirect_uris }],
    pkce: { required: () => true },
    claims: { openid: ['sub', 'role'] },
    conformIdTokenClaims: false,
    // It warns of those that are not set.
    ttl: { Interaction: 600, Grant: 600, Session: 600, AccessToken: 600, IdToken: 600 },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    cookies: { keys: ['keys of the cookies of a test'] },
    findAccount: (_context, sub) => ({ accountId: sub, claims: async () => ({ ...started.answer, sub }) }),
    // Gives every client what it asks for, in place of a page that asks the member.
    async loadExistingGrant(context) {
      const { client, session, provider } = context.oidc
      const grant = new provider.Grant({ clientId: client?.clientId ?? '', accountId: session?.accountId ?? '' })
      grant.addOIDCScope('openid')
      await grant.save()
      return grant
    },
  }
}

/** In place of the page on which a member enters a password. */
function signInAtOnce(provider: Provider, started: IdentityProvider): Parameters<Provider['use']>[0] {
  return async (context, next) => {
    if (!context.path.startsWith('/interaction/')) return next()
    const { answer } = started
    const result = 'error' in answer ? answer : { login: { accountId: answer.sub, remember: false } }
    await provider.interactionFinished(context.req, context.res, result, { mergeWithLastSubmission: false })
    context.respond = false
  }
}
