import type { Audit } from '@jumun/contract'
import { AUDIT_LIMIT_MS, auditShop, type DatabaseServers, openDatabase } from '@jumun/domain'

/** The limits of the pool for lists, searches and popular products. It is small, because such reads compute more than they wait. */
export const READ_LIMITS = { poolSize: 4, statementTimeoutMs: 5_000 }

/** An audit needs a longer statement timeout than the shared pool has, and must not occupy one of its connections. */
export async function auditOnOwnConnection(
  shop: { url: DatabaseServers; schema: string },
  signal: AbortSignal,
): Promise<Audit> {
  const database = await openDatabase({ ...shop, poolSize: 1, statementTimeoutMs: AUDIT_LIMIT_MS })
  try {
    return await auditShop(database.em, { signal })
  } finally {
    await database.close(true)
  }
}
