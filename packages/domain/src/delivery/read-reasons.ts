import { OUTBOX_MAX_REASONS, type OutboxReasons } from '@jumun/contract'
import type { EntityManager } from '@mikro-orm/postgresql'
import { readBacklog } from './read-backlog.ts'

/** Counts the dead letters by their reasons, the most frequent first, and all events that wait or are dead. */
export async function readReasons(em: EntityManager): Promise<OutboxReasons> {
  const items = await em.fork().execute<OutboxReasons['items']>(
    `select reason, count(*)::int as count, to_char(min(since) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as oldest
       from undelivered_event where due_at is null
      group by reason order by count(*) desc, min(since), reason limit ?`,
    [OUTBOX_MAX_REASONS],
  )
  const { waiting, dead } = await readBacklog(em)
  return { items, waiting, dead }
}
