import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { onTestFinished } from 'vitest'

/** A port that nobody listens on, for programs that must be told one. */
export async function freePort(): Promise<number> {
  const { server, port } = await listen()
  server.close()
  await once(server, 'close')
  return port
}

/** A port that somebody else has until the end of the test. */
export async function takenPort(): Promise<number> {
  const { server, port } = await listen()
  onTestFinished(() => void server.close())
  return port
}

async function listen(): Promise<{ server: Server; port: number }> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, port: (server.address() as AddressInfo).port }
}
