import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { MAX_BODY_BYTES } from './body.ts'
import type { Platform } from './platform.ts'
import { problem } from './problem.ts'

/**
 * The platform as a listener of `node:http`: `Response.error()` cuts the connection. A request that the platform
 * fails on is answered with 500 and told in one line on stderr.
 */
export function createListener(platform: Platform): (...request: Parameters<RequestListener>) => Promise<void> {
  return async (incoming, outgoing) => {
    const response = await answer(platform, incoming, outgoing)
    if (response.type === 'error') {
      outgoing.destroy()
      return
    }
    outgoing.statusCode = response.status
    outgoing.setHeaders(response.headers)
    outgoing.end(Buffer.from(await response.arrayBuffer()))
  }
}

async function answer(platform: Platform, incoming: IncomingMessage, outgoing: ServerResponse): Promise<Response> {
  let request: Request
  try {
    request = await toRequest(incoming, outgoing)
  } catch {
    // Either no Request can stand for it (TRACE), or the client left before it had said everything.
    return incoming.complete ? problem(400, 'No such request is taken here.') : Response.error()
  }
  try {
    return await platform.fetch(request)
  } catch (error) {
    process.stderr.write(`mock data platform: ${request.method} ${request.url}: ${error}\n`)
    return problem(500, 'Something went wrong here.')
  }
}

async function toRequest(incoming: IncomingMessage, outgoing: ServerResponse): Promise<Request> {
  const left = new AbortController()
  outgoing.on('close', () => left.abort())
  const headers = new Headers()
  for (const [name, values] of Object.entries(incoming.headersDistinct))
    for (const value of values ?? []) headers.append(name, value)
  const body = await collect(incoming)
  const { method = 'GET' } = incoming
  return new Request(`http://localhost${incoming.url}`, {
    method,
    headers,
    signal: left.signal,
    body: method === 'GET' || method === 'HEAD' ? null : body,
  })
}

/** What is beyond the limit is read but not kept: a client that is still sending would not read the refusal. */
async function collect(incoming: IncomingMessage): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of incoming) {
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk)
    bytes += chunk.length
  }
  return Buffer.concat(chunks)
}
