import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import helmet, { type HelmetOptions } from 'helmet'

/** Over TLS only, and for this host only: what its neighbours do is not ours to say. */
const strictTransportSecurity = { includeSubDomains: false }

/**
 * What every answer says to browsers: that it is data, never a page, a script or a part of somebody's frame, and is
 * not to be kept. No origin is allowed to read it: there is no CORS header.
 */
export const API_HEADERS: Readonly<Record<string, string>> = {
  ...headersOf({
    strictTransportSecurity,
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    xFrameOptions: { action: 'deny' },
    // For pages only, which an answer of the API is not; these also say more than they are worth in every answer.
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  }),
  'cache-control': 'no-store',
}

/** What the browsable reference says: it works without the internet, and lets nothing be loaded from elsewhere. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = headersOf({
  strictTransportSecurity,
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'self'"],
      // Swagger UI sets styles on its elements and draws its icons from data URLs.
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", 'data:'],
      objectSrc: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
    },
  },
  xFrameOptions: { action: 'deny' },
})

/** Helmet's headers are the same for every answer, so it is asked once and not at every request. */
function headersOf(options: HelmetOptions): Record<string, string> {
  const response = new ServerResponse(new IncomingMessage(new Socket()))
  helmet(options)(response.req, response, () => {})
  return Object.fromEntries(Object.entries(response.getHeaders()).map(([name, value]) => [name, String(value)]))
}
