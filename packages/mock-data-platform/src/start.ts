import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createListener } from './listener.ts'
import { createPlatform } from './platform.ts'
import type { Settings } from './settings.ts'
import { openStorage } from './storage.ts'

/** How long `stop` waits for running requests before it closes their connections. */
const STOP_GRACE_MS = 2_000

export type RunningPlatform = {
  /** Its base URL, such as `http://127.0.0.1:4001`. */
  url: string
  /** Ends injected hangs and waits, finishes running requests, closes the storage. Safe to call twice. */
  stop(): Promise<void>
}

/**
 * Starts the data platform as a server.
 *
 * @param port 0–65535; 0 for a free one
 * @param storageFile a path, or `:memory:`
 * @throws Error when the storage cannot be opened, or with the system's `code` (such as `EADDRINUSE`) when it cannot listen
 */
export async function startMockDataPlatform({ host, port, secret, storageFile }: Settings): Promise<RunningPlatform> {
  const storage = openStorage(storageFile)
  const platform = createPlatform({ secret, storage })
  const listener = createListener(platform)
  const running = new Set<Promise<void>>()
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 10_000 })
  server.maxConnections = 256
  server.on('request', (incoming, outgoing) => {
    const reply = listener(incoming, outgoing).finally(() => running.delete(reply))
    running.add(reply)
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
    const closeAll = setTimeout(() => server.closeAllConnections(), STOP_GRACE_MS)
    await closed
    clearTimeout(closeAll)
    // A request whose client has left has no connection any more, but may still write to the storage.
    await Promise.allSettled(running)
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
