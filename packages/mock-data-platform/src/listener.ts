import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { MAX_BODY_BYTES } from './body.ts'
import type { Platform } from './platform.ts'
import { problem } from './problem.ts'

/**
 * Adapts the platform to `node:http`. `Response.error()` closes the connection. An unforeseen error is answered with 500
 * and logged in one line on stderr.
 */
export function createListener(platform: Platform): (...request: Parameters<RequestListener>) => Promise<void> {
  return async (incoming, outgoing) => {
    const response = await respond(platform, incoming, outgoing)
    if (response.type === 'error') {
      outgoing.destroy()
      return
    }
    outgoing.statusCode = response.status
    outgoing.setHeaders(response.headers)
    outgoing.end(Buffer.from(await response.arrayBuffer()))
  }
}

async function respond(platform: Platform, incoming: IncomingMessage, outgoing: ServerResponse): Promise<Response> {
  let request: Request
  try {
    request = await toRequest(incoming, outgoing)
  } catch {
    // Either the method cannot be a web Request (TRACE), or the client left before the body was complete.
    return incoming.complete ? problem(400, 'This request is not supported.') : Response.error()
  }
  try {
    return await platform.fetch(request)
  } catch (error) {
    process.stderr.write(`mock data platform: ${request.method} ${request.url}: ${error}\n`)
    return problem(500, 'Internal error.')
  }
}

async function toRequest(incoming: IncomingMessage, outgoing: ServerResponse): Promise<Request> {
  const clientLeft = new AbortController()
  outgoing.on('close', () => clientLeft.abort())
  const headers = new Headers()
  for (const [name, values] of Object.entries(incoming.headersDistinct))
    for (const value of values ?? []) headers.append(name, value)
  const body = await readAll(incoming)
  const { method = 'GET' } = incoming
  return new Request(`http://localhost${incoming.url}`, {
    method,
    headers,
    signal: clientLeft.signal,
    body: method === 'GET' || method === 'HEAD' ? null : body,
  })
}

/** Reads the whole body but discards what exceeds the limit: a client that is still sending would not read the error. */
async function readAll(incoming: IncomingMessage): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of incoming) {
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk)
    bytes += chunk.length
  }
  return Buffer.concat(chunks)
}
