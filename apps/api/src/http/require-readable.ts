import type { FastifyReply, FastifyRequest } from 'fastify'
import { requestErrors } from '../errors/to-domain-error.ts'

/** What URL parsers take as the end of a host, or of credentials before it. */
const NOT_IN_HOST = /[@/?#\\\s]/

/**
 * Throws `BAD_REQUEST` for an invalid host (RFC 9112, 3.2), because no URL of the request could be made, and
 * `UNSUPPORTED_MEDIA_TYPE` for an encoded body.
 */
export function requireReadable({ method, headers, raw }: FastifyRequest, reply: FastifyReply): void {
  const { host = 'localhost' } = headers
  if (NOT_IN_HOST.test(host) || !URL.canParse(`http://${host}`)) throw requestErrors.unreadable()
  // A client of a proxy sends the whole URL, which may have credentials.
  if (raw.url?.startsWith('http') && URL.parse(raw.url)?.username !== '') throw requestErrors.unreadable()
  const encoding = headers['content-encoding']
  if (encoding === undefined || method === 'GET' || method === 'HEAD' || /^identity$/i.test(encoding)) return
  reply.header('accept-encoding', 'identity')
  throw requestErrors.encoded()
}
