import { createServer, type RequestListener } from 'node:http'
import { listenOnLoopback } from '@jumun/test-kit/loopback'

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
  const { url, close } = await listenOnLoopback(server)
  const jwksServer: JwksServer = {
    url: `${url}/keys`,
    get requests() {
      return requests
    },
    keys: [],
    fault: undefined,
    close,
  }
  return jwksServer
}
