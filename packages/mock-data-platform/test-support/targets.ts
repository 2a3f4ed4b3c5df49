import { setupServer } from 'msw/node'
import { dataPlatformHandlers } from '../src/handlers.ts'
import { createPlatform } from '../src/platform.ts'
import { startMockDataPlatform } from '../src/start.ts'
import { openStorage } from '../src/storage.ts'
import { SECRET, signedPost } from './sender.ts'

type Target = { url: string; stop(): Promise<void> }

function startServer(): Promise<Target> {
  return startMockDataPlatform({ host: '127.0.0.1', port: 0, secret: SECRET, storageFile: ':memory:' })
}

async function startMsw(): Promise<Target> {
  const url = 'http://platform.test'
  const storage = openStorage(':memory:')
  const server = setupServer(...dataPlatformHandlers(url, createPlatform({ secret: SECRET, storage })))
  server.listen({ onUnhandledFrame: 'error' })
  return {
    url,
    async stop() {
      await fetch(`${url}/faults`, { method: 'DELETE' })
      server.close()
      storage.close()
    },
  }
}

/** The two ways to run the platform. */
export const TARGETS = [
  { by: 'a server', start: startServer },
  { by: 'msw handlers', start: startMsw },
]

/** A platform that is called without a network and keeps its data in memory. */
export function createTestPlatform() {
  const storage = openStorage(':memory:')
  const { fetch } = createPlatform({ secret: SECRET, storage })
  const url = 'http://platform.test'
  return {
    url,
    storage,
    fetch,
    get: (path: string) => fetch(new Request(url + path)),
    send: (content: unknown, headers?: Record<string, string>) => fetch(signedPost(url, content, headers)),
  }
}
