import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A connection between two programs that a test can break. */
export interface TcpProxy {
  port: number
  /** Cuts every connection and refuses new ones. */
  cut(): Promise<void>
  /** Lets connections through again. */
  mend(): Promise<void>
  /** Keeps every byte from now on, of old connections and of new ones: nobody is told that nothing arrives. */
  swallow(): void
  close(): Promise<void>
}

/** Passes everything between a port of its own and another one of this machine. */
export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  let swallowing = false
  const server = createServer((inner) => {
    const outer = connect(target.port, target.host)
    for (const [from, to] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      sockets.add(from)
      from.on('data', (bytes) => swallowing || to.write(bytes))
      from.on('error', () => {})
      from.on('close', () => {
        sockets.delete(from)
        if (!swallowing) to.destroy()
      })
    }
  })
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  }
  const cut = async () => {
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }
  await listen(0)
  const { port } = server.address() as AddressInfo
  return {
    port,
    cut,
    mend: async () => {
      swallowing = false
      for (const socket of sockets) socket.destroy()
      if (!server.listening) await listen(port)
    },
    swallow: () => {
      swallowing = true
    },
    close: async () => {
      if (server.listening) await cut()
    },
  }
}
