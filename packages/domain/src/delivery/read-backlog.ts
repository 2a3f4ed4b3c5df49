import type { EntityManager } from '@mikro-orm/postgresql'
import { OUTBOX } from './outbox.ts'

/** Events that the data platform has not accepted yet. */
export interface Backlog {
  waiting: number
  /** Age of the oldest, in seconds; 0 when none waits. */
  oldestSeconds: number
}

/** Reads how many events wait in the outbox, and the age of the oldest. */
export async function readBacklog(em: EntityManager): Promise<Backlog> {
  const [backlog] = await em.execute<[Backlog]>(
    `select count(*)::int as waiting,
            coalesce(extract(epoch from now() - min(created_on)), 0)::float8 as "oldestSeconds"
       from pgboss.job
      where name = ? and state < 'completed'`,
    [OUTBOX],
  )
  return backlog
}
