import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { CleanUp } from './clean-up.ts'
import { listenOnLoopback } from './loopback.ts'

/** Below the ports that Linux gives to outgoing connections, which could take the port while its owner restarts. */
const LOWEST = 15_000
const HIGHEST = 31_000

/** Finds a port of 127.0.0.1 on which nothing listens, for programs that must be given one or that restart on it. */
export async function freePort(): Promise<number> {
  const port = randomInt(LOWEST, HIGHEST)
  const server = createServer()
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return port
  } catch {
    return freePort()
  } finally {
    server.close()
  }
}

/** Listens on a port of 127.0.0.1 until the test ends, so that a program cannot. */
export async function takenPort(cleanUp: CleanUp): Promise<number> {
  const { port, close } = await listenOnLoopback(createServer())
  cleanUp(close)
  return port
}
