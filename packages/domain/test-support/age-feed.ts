import type { EntityManager } from '@mikro-orm/postgresql'
import { SLOTS } from '../src/feed/change-record.entity.ts'

/** Makes the feed older by so many days: rows move to the partitions of their days. */
export async function ageFeed(em: EntityManager, days: number): Promise<void> {
  await em.execute('update feed_tick set at = at - make_interval(days => ?)', [days])
  await em.execute(
    `update change set at = at - make_interval(days => ?), slot = (slot + ${SLOTS} - ?::int % ${SLOTS}) % ${SLOTS}`,
    [days, days],
  )
}
