import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An identity provider's JSON Web Key Set over HTTP, with faults that a test injects. */
export interface JwksServer {
  url: string
  /** How many requests it has received. */
  readonly requests: number
  keys: object[]
  /** Handles requests instead of the key set. */
  fault: RequestListener | undefined
  close(): Promise<void>
}

/** Starts a server on a free port. */
export async function startJwksServer(): Promise<JwksServer> {
  let requests = 0
  const server = createServer((request, response) => {
    requests += 1
    if (jwksServer.fault) return jwksServer.fault(request, response)
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: jwksServer.keys }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const jwksServer: JwksServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`,
    get requests() {
      return requests
    },
    keys: [],
    fault: undefined,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
  return jwksServer
}
