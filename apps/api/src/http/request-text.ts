import { isUtf8 } from 'node:buffer'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { requestErrors } from '../errors/to-domain-error.ts'

type Parse = (request: FastifyRequest, text: string, done: (error: Error | null, body?: unknown) => void) => void

/** Refuses other media types, since tRPC's adapter would also accept forms, and read bodies of any length. */
export function requireJson({ method, headers }: FastifyRequest): void {
  const type = headers['content-type']
  if (type === undefined || method === 'GET' || method === 'HEAD') return
  if (!/^application\/json\s*(?:;|$)/i.test(type)) throw requestErrors.notJson()
  // JSON is UTF-8 (RFC 8259, 8.1). Another charset that is declared would be decoded wrongly.
  for (const [, charset = ''] of type.matchAll(/;\s*charset\s*=\s*"?([^";]*)/gi)) {
    if (!/^utf-?8\s*$/i.test(charset)) throw requestErrors.notJson()
  }
}

/** Refuses a query that is not percent-encoded UTF-8, such as one in CP949: its parser would take the encoded text as it is. */
export function requireUtf8Query({ url }: FastifyRequest): void {
  const start = url.indexOf('?')
  if (start === -1) return
  try {
    decodeURIComponent(url.slice(start))
  } catch {
    throw requestErrors.unreadable()
  }
}

/**
 * Reads JSON bodies of this server's routes as UTF-8. Throws `BAD_REQUEST` for malformed UTF-8, which the default parser would
 * replace by U+FFFD.
 */
export function parseJsonBodies(server: FastifyInstance, parse: Parse): void {
  server.removeContentTypeParser('application/json')
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    if (isUtf8(body)) parse(request, body.toString(), done)
    else done(requestErrors.unreadable())
  })
}
