import type { EntityManager } from '@mikro-orm/postgresql'
import { rowsAfterCursor } from './delivery-cursor.ts'

/** Events that the data platform has not accepted yet. */
export interface Backlog {
  waiting: number
  /** Age of the oldest, in seconds; 0 when none waits. */
  oldestSeconds: number
  /** Dead letters, which do not wait. */
  dead: number
}

/** Reads how many events wait in the outbox, the age of the oldest, and how many dead letters there are. */
export async function readBacklog(em: EntityManager): Promise<Backlog> {
  const [backlog] = await em.execute<[Backlog]>(
    `select coalesce(sum(waiting), 0)::int as waiting, coalesce(extract(epoch from now() - min(oldest)), 0)::float8 as "oldestSeconds",
            (select count(*)::int from undelivered_event where due_at is null) as dead
       from (
         select count(*) as waiting, min(since) as oldest from undelivered_event where due_at is not null
         union all
         select sum(outgoing), min(at) filter (where outgoing > 0) from ${rowsAfterCursor} row
       ) backlog`,
  )
  return backlog
}
