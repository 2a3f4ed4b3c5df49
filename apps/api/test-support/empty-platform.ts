import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A data platform that has nothing and takes nothing: what is to be delivered keeps waiting. */
export async function startEmptyPlatform(): Promise<{ url: string; secret: string; stop(): void }> {
  const server = createServer((request, response) => {
    request.resume()
    response.statusCode = request.method === 'GET' ? 200 : 503
    response.end(JSON.stringify({ items: [], nextAfter: null }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    secret: `whsec_${Buffer.alloc(32, 1).toString('base64')}`,
    stop() {
      server.closeAllConnections()
      server.close()
    },
  }
}
