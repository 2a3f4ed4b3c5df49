import { DomainError } from '@jumun/domain'
import type { FastifyRequest } from 'fastify'

type Request = Pick<FastifyRequest, 'headers' | 'protocol' | 'host' | 'method'>

/** Scheme, host and port by which the caller reached the API. Behind trusted proxies, their headers say it. */
export function ownOrigin({ protocol, host }: Pick<Request, 'protocol' | 'host'>): string {
  return `${protocol}://${host}`
}

/** Whether a page of another origin sends the request. */
export function isForeign(request: Request): boolean {
  const { origin, 'sec-fetch-site': site } = request.headers
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  return origin !== undefined && origin !== ownOrigin(request)
}

/** Whether the method changes nothing (RFC 9110, 9.2.1). */
export function isSafe({ method }: Pick<Request, 'method'>): boolean {
  return ['GET', 'HEAD', 'OPTIONS'].includes(method)
}

/**
 * Throws `FORBIDDEN` for a request that would change something with a browser's session, unless a page of our own origin sent it. The
 * headers prove that, because no page can set or remove them. The body must also be JSON, which a form cannot send.
 */
export function requireOwnPage(request: Request): void {
  if (isSafe(request)) return
  const { origin, 'sec-fetch-site': site, 'content-type': type } = request.headers
  const isOwn = site === undefined ? origin === ownOrigin(request) : site === 'same-origin'
  // Any other type has been refused already. A form cannot send DELETE, which usually has no body.
  if (isOwn && (type !== undefined || request.method === 'DELETE')) return
  throw new DomainError('FORBIDDEN', 'With a session, only a page of this address may change something, in JSON.', {})
}
