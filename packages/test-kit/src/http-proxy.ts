import { createServer, type IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { CleanUp } from './clean-up.ts'
import { listenOnLoopback } from './loopback.ts'

/**
 * What happens to a request. A `Response` answers it. All others forward it, and then
 * - `pass` returns the reply,
 * - `hang` keeps the reply back,
 * - `lose` closes the connection instead of the reply,
 * - `cut` closes the connection in the middle of the reply.
 */
export type Fate = 'pass' | 'hang' | 'lose' | 'cut' | Response

/** A request that reached the proxy. */
export interface ProxiedRequest {
  /** Path and query. */
  path: string
  /** Its number in the order of arrival, from 1. */
  nth: number
  body: string
}

/**
 * Starts a proxy that breaks single HTTP requests, and stops it after the test.
 *
 * @param target the address of the API
 * @returns the address of the proxy
 */
export async function startHttpProxy(options: {
  target: string
  fateOf: (request: ProxiedRequest) => Fate
  cleanUp: CleanUp
}): Promise<string> {
  const { target, fateOf, cleanUp } = options
  let count = 0
  const proxy = createServer(async (request, reply) => {
    const nth = ++count
    const body = await buffer(request)
    const fate = fateOf({ path: request.url ?? '', nth, body: body.toString() })
    const answer = fate instanceof Response ? fate : await forward(target, request, body)
    const text = await answer.text()
    if (fate === 'hang') return
    if (fate === 'lose') return reply.destroy()
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
    reply.writeHead(answer.status, headers)
    if (fate === 'cut') return reply.write(text.slice(0, text.length / 2), () => reply.destroy())
    reply.end(text)
  })
  const { url, close } = await listenOnLoopback(proxy)
  cleanUp(close)
  return url
}

function forward(target: string, { url = '', method = '', headers }: IncomingMessage, body: Buffer): Promise<Response> {
  const { authorization = '' } = headers
  return fetch(target + url, {
    method,
    headers: { authorization, 'content-type': 'application/json' },
    ...(body.length > 0 ? { body: new Uint8Array(body) } : {}),
  })
}
