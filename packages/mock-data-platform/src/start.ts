import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createListener } from './listener.ts'
import { createPlatform } from './platform.ts'
import { openStorage } from './storage.ts'

/** How long a stop waits for requests under way before it cuts them. */
const STOP_GRACE_MS = 2_000

export type RunningPlatform = {
  /** Where it listens, such as `http://127.0.0.1:4001`. */
  url: string
  /** Ends hangs and waits, answers what is under way, closes the storage. A second call joins the first. */
  stop(): Promise<void>
}

/**
 * Starts the data platform as a server.
 *
 * @param port 0–65535; 0 takes a free one
 * @param storageFile a path, or `:memory:` for a platform that forgets when it stops
 * @throws Error when the storage cannot be opened, or with the `code` of the system (`EADDRINUSE`) when it cannot listen
 */
export async function startMockDataPlatform({
  host,
  port,
  secret,
  storageFile,
}: {
  host: string
  port: number
  secret: string
  storageFile: string
}): Promise<RunningPlatform> {
  const storage = openStorage(storageFile)
  const platform = createPlatform({ secret, storage })
  const listener = createListener(platform)
  const underWay = new Set<Promise<void>>()
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 10_000 })
  server.maxConnections = 256
  server.on('request', (incoming, outgoing) => {
    const reply = listener(incoming, outgoing).finally(() => underWay.delete(reply))
    underWay.add(reply)
  })

  try {
    server.listen(port, host)
    await once(server, 'listening')
  } catch (error) {
    storage.close()
    throw error
  }

  const stop = async () => {
    const closed = once(server, 'close')
    server.close()
    await platform.fetch(new Request('http://localhost/faults', { method: 'DELETE' }))
    const cut = setTimeout(() => server.closeAllConnections(), STOP_GRACE_MS)
    await closed
    clearTimeout(cut)
    // A request whose client has left is no connection any more, but may still be on its way to the storage.
    await Promise.allSettled(underWay)
    storage.close()
  }
  let stopped: Promise<void> | undefined
  const { address, family, port: listening } = server.address() as AddressInfo
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${listening}`,
    stop: () => {
      stopped ??= stop()
      return stopped
    },
  }
}
