import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Starts a data platform that has no orders and refuses all events, so that they stay in the outbox. */
export async function startEmptyPlatform(): Promise<{ url: string; stop(): Promise<void> }> {
  const server = createServer((request, response) => {
    request.resume()
    const isList = /^\/v1\/orders(\?|$)/.test(request.url ?? '')
    response.statusCode = request.method !== 'GET' ? 503 : isList ? 200 : 404
    response.end(JSON.stringify({ items: [], nextAfter: null }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections()
      server.close()
    },
  }
}
