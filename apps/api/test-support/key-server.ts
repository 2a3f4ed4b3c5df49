import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An identity provider's key set over HTTP, which a test may put out of order. */
export interface KeyServer {
  url: string
  /** How often it was asked. */
  readonly requests: number
  keys: object[]
  /** What it does instead of answering with its keys. */
  fault: RequestListener | undefined
  close(): Promise<void>
}

/** Starts a key server on a free port. */
export async function startKeyServer(): Promise<KeyServer> {
  let requests = 0
  const server = createServer((request, response) => {
    requests += 1
    if (keyServer.fault) return keyServer.fault(request, response)
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: keyServer.keys }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const keyServer: KeyServer = {
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
  return keyServer
}
