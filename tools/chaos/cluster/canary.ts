import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An address inside the house that nobody may ever be led to. */
export interface Canary {
  url: string
  visits(): number
  close(): void
}

/** Listens, and counts who comes. */
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
