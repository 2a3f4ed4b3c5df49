import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An internal address to which no redirect may lead the API. */
export interface Canary {
  url: string
  /** How many requests it has had. */
  visits(): number
  close(): void
}

/** Listens on a free port and counts requests. */
export async function startCanary(): Promise<Canary> {
  let visits = 0
  const server = createServer((_, response) => {
    visits++
    response.end('{"accepted":[],"duplicates":[],"rejected":[]}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/latest/meta-data`,
    visits: () => visits,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
