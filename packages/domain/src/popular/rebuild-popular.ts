import { type EntityManager, IsolationLevel } from '@mikro-orm/postgresql'
import { type LockedRollup, lockRollup } from './lock-rollup.ts'
import { rollUp } from './roll-up.ts'
import { moment } from './sold-lines.ts'

/**
 * Counts all sales by hour again from the orders, in one transaction, while the shop is open: until it commits, everybody
 * reads what was there before; after it, every process drops what it remembers of it, within seconds.
 */
export async function rebuildPopular(em: EntityManager): Promise<void> {
  await em.fork().transactional(
    async (em) => {
      const rollup = await lockRollup(em, { wait: true })
      if (!rollup) throw new Error('The row of popular_state is missing.')
      await rebuildLocked(em, rollup)
    },
    { isolationLevel: IsolationLevel.READ_COMMITTED },
  )
}

/** `rebuildPopular` where the rollup is locked already. */
export async function rebuildLocked(em: EntityManager, { safe }: Pick<LockedRollup, 'safe'>): Promise<void> {
  await em.execute('delete from popular_hour')
  await em.execute(`update popular_state set watermark = ${moment(0)}, generation = generation + 1`)
  let watermark = 0
  while (watermark < safe) watermark = await rollUp(em, { watermark, safe })
}
