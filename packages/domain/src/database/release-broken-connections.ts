import type { Pool, PoolClient } from 'pg'

/** Whoever holds a connection that breaks lets go of it at once, or never. */
const GRACE_MS = 500

/**
 * Gives connections that broke back to their pool, which replaces them. The query builder keeps one for good whose
 * transaction it could not begin, commit or roll back (https://github.com/kysely-org/kysely/issues/1990): after an outage
 * of the database, every transaction that was under way would have cost a place in the pool.
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
