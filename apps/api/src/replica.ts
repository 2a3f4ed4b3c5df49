import type { Audit } from '@jumun/contract'
import {
  AUDIT_LIMIT_MS,
  type Database,
  DatabaseServers,
  openDatabase,
  PopularWindows,
  Replica,
  type StaleAnswer,
  startRefreshing,
} from '@jumun/domain'
import type { Logger } from 'pino'
import { auditOnOwnConnection, READ_LIMITS } from './audit-connection.ts'

/** The replica may be this old for an audit, which describes a moment in the past anyway. */
const AUDIT_MAX_AGE_SECONDS = 60

/** What is read from the replica at `DATABASE_READ_URL`. */
export interface ReplicaReads extends Pick<Replica, 'read' | 'ageSeconds'> {
  em: Database['em']
  popular: PopularWindows
  audit(primary: () => Promise<Audit>, signal: AbortSignal): Promise<StaleAnswer<Audit>>
  stop(): Promise<void>
}

/** Opens the replica, which connects on first use. */
export async function openReplica(url: string, schema: string, log: Logger): Promise<ReplicaReads> {
  const servers = new DatabaseServers(url, 'any')
  const shop = { url: servers, schema }
  const database = await openDatabase({ ...READ_LIMITS, ...shop, onWarning: (message) => log.warn(message) })
  const warn = (err: unknown) => log.warn({ err }, 'The replica could not be read.')
  const replica = new Replica(database.em, warn)
  const popular = new PopularWindows(database.em)
  const refresh = startRefreshing(popular, warn)
  return {
    em: database.em,
    popular,
    ageSeconds: () => replica.ageSeconds(),
    read: (maxAgeSeconds, from, limitMs) => replica.read(maxAgeSeconds, from, limitMs),
    audit: (primary, signal) =>
      replica.read(
        AUDIT_MAX_AGE_SECONDS,
        { replica: () => auditOnOwnConnection(shop, signal), primary },
        AUDIT_LIMIT_MS,
      ),
    async stop() {
      await refresh.stop()
      await database.close(true)
    },
  }
}
