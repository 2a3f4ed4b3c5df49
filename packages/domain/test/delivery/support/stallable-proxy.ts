import { once } from 'node:events'
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net'
import { pipeline } from 'node:stream'
import type { CleanUp } from './own-outbox.ts'

/** A way to the database that can fall silent without breaking. */
export interface StallableProxy {
  /** The same address, by way of the proxy. */
  via(databaseUrl: string): string
  /** Nothing that was opened so far gets through any more; what is opened later does. */
  stall(): void
}

export async function startStallableProxy(cleanUp: CleanUp): Promise<StallableProxy> {
  let target = { host: '', port: 0 }
  let open: Socket[] = []
  const server = createServer((near) => {
    const far = createConnection(target)
    open.push(near, far)
    pipeline(near, far, near, () => {})
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const all: Socket[] = []
  cleanUp(() => {
    for (const socket of [...all, ...open]) socket.destroy()
    server.close()
  })
  return {
    via(databaseUrl) {
      const url = new URL(databaseUrl)
      target = { host: url.hostname, port: Number(url.port) }
      url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
      return url.href
    },
    stall() {
      for (const socket of open) socket.unpipe().pause()
      all.push(...open)
      open = []
    },
  }
}
