import type { Pool, PoolClient } from 'pg'
import { socketOf } from './session-state.ts'

/**
 * Closes connections on which a query has had no reply for too long: the server process may be frozen, or a router may have
 * dropped the connection without a reset. The query then fails. Idle connections are closed with it, because they may be
 * dead too and are cheap to replace.
 *
 * @param timeoutMs longer than the server's own statement timeout
 */
export function setSocketTimeouts(pool: Pool, timeoutMs: number): void {
  const idle = new Set<PoolClient>()
  pool.on('acquire', (client) => idle.delete(client))
  pool.on('remove', (client) => idle.delete(client))
  pool.on('release', (_, client) => idle.add(client))
  pool.on('connect', (client) => {
    // Not the callback of `setTimeout`: it is called only once, which may be while the connection is idle. The event repeats.
    socketOf(client)
      .setTimeout(timeoutMs)
      .on('timeout', () => {
        if (idle.has(client)) return
        socketOf(client).destroy()
        for (const other of idle) socketOf(other).destroy()
      })
  })
}
