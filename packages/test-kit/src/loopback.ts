import { once } from 'node:events'
import type { Server as HttpServer } from 'node:http'
import type { AddressInfo, Server } from 'node:net'

/** A server that listens on 127.0.0.1. */
export interface Listening {
  port: number
  /** Its address for HTTP. */
  url: string
  /** Ends it, with its HTTP connections, unless it has ended. */
  close(): Promise<void>
}

/** Lets a server listen on a free port of 127.0.0.1. */
export async function listenOnLoopback(server: Server | HttpServer): Promise<Listening> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    async close() {
      const closed = server.listening ? once(server, 'close') : undefined
      server.close()
      if ('closeAllConnections' in server) server.closeAllConnections()
      await closed
    },
  }
}
