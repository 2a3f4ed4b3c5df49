import { createServer } from 'node:http'
import { listenOnLoopback } from '@jumun/test-kit/loopback'

/** An internal address to which no redirect may lead the API. */
export interface Canary {
  url: string
  /** How many requests it has had. */
  visits(): number
  close(): Promise<void>
}

/** Listens on a free port and counts requests. */
export async function startCanary(): Promise<Canary> {
  let visits = 0
  const server = createServer((_, response) => {
    visits++
    response.end('{"accepted":[],"duplicates":[],"rejected":[]}')
  })
  const { url, close } = await listenOnLoopback(server)
  return { url: `${url}/latest/meta-data`, visits: () => visits, close }
}
