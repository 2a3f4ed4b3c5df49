import type { Socket } from 'node:net'
import type { Pool, PoolClient } from 'pg'

/**
 * Ends connections over which nothing comes back any more, though nobody says that they are broken: the server's process may
 * be frozen, or a router on the way may have forgotten them. Whoever waits for an answer over one is told that it ended. Idle
 * ones beside it, which may be as dead, are ended too, and cost no more than to connect again.
 *
 * @param silenceMaxMs longer than the server itself lets a statement run
 */
export function endSilentConnections(pool: Pool, silenceMaxMs: number): void {
  const idle = new Set<PoolClient>()
  pool.on('acquire', (client) => idle.delete(client))
  pool.on('remove', (client) => idle.delete(client))
  pool.on('release', (_, client) => idle.add(client))
  pool.on('connect', (client) => {
    socketOf(client).setTimeout(silenceMaxMs, () => {
      if (idle.has(client)) return
      socketOf(client).destroy()
      for (const other of idle) socketOf(other).destroy()
    })
  })
}

/** The types know of it only for clients outside a pool. */
function socketOf(client: PoolClient): Socket {
  return (client as PoolClient & { connection: { stream: Socket } }).connection.stream
}
