import type { Pool, PoolClient } from 'pg'

/** How long the holder of a broken connection may take to release it. A holder that releases it at all does so at once. */
const GRACE_MS = 500

/**
 * Returns broken connections to their pool, which replaces them. The query builder never releases a connection on which
 * begin, commit or rollback failed (https://github.com/kysely-org/kysely/issues/1990), so that after a database outage each
 * interrupted transaction would cost a place in the pool.
 */
export function releaseBrokenConnections(pool: Pool): void {
  const held = new Set<PoolClient>()
  const releaseIfHeld = (client: PoolClient) => {
    if (held.has(client)) client.release(true)
  }
  pool.on('acquire', (client) => held.add(client))
  pool.on('release', (_, client) => held.delete(client))
  pool.on('connect', (client) => {
    client.once('end', () => {
      if (held.has(client)) setTimeout(releaseIfHeld, GRACE_MS, client)
    })
  })
}
