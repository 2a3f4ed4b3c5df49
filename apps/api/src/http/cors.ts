import cors from '@fastify/cors'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** Response headers that scripts of an opened origin may read. */
const EXPOSED_HEADERS = [
  'ratelimit',
  'ratelimit-policy',
  'retry-after',
  'idempotent-replayed',
  'x-request-id',
  'location',
  'age',
]

/** How long browsers may keep the answer to a preflight; Chromium keeps none for longer. */
const PREFLIGHT_MAX_AGE_SECONDS = 7_200

/** What other origins may use: not the operators' routes, which need no token. */
const OPEN_PATHS = /^\/(?:api|trpc)\/|^\/openapi\.json(?:$|\?)/

/**
 * Lets scripts of these origins call with a bearer token, and read responses; `*` means every origin. Browsers send and
 * store no cookies with such calls. Without origins it does nothing.
 */
export async function openToOrigins(http: FastifyInstance, origins: string[]): Promise<void> {
  if (origins.length === 0) return
  await http.register(cors, {
    delegator: (request, done) => done(null, { ...OPTIONS, origin: openedOrigin(request, origins) }),
  })
  // Only when the response is sent, because the error handler sets this header too.
  http.addHook('onSend', async (_request, reply) => void reply.headers(openedResourcePolicy(reply)))
}

/** The header by which browsers let another origin have a response, where it is opened to that origin. */
export function openedResourcePolicy(reply: FastifyReply): Record<string, string> {
  return reply.hasHeader('access-control-allow-origin') ? { 'cross-origin-resource-policy': 'cross-origin' } : {}
}

const OPTIONS = {
  methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
  exposedHeaders: EXPOSED_HEADERS,
  maxAge: PREFLIGHT_MAX_AGE_SECONDS,
  // The strict mode would refuse other OPTIONS requests in plain text.
  strictPreflight: false,
}

/** The origin to allow. False: the request is answered as if there were no CORS. */
function openedOrigin({ url, headers }: FastifyRequest, origins: string[]): string | false {
  if (!OPEN_PATHS.test(url)) return false
  if (origins.includes('*')) return '*'
  return headers.origin !== undefined && origins.includes(headers.origin) ? headers.origin : false
}
