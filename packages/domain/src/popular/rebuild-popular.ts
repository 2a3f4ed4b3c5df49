import { type EntityManager, IsolationLevel } from '@mikro-orm/postgresql'
import { type LockedRollup, lockRollup } from './lock-rollup.ts'
import { rollUp } from './roll-up.ts'
import { moment } from './sold-lines.ts'

/**
 * Rebuilds the rollup from the orders, in one transaction, while the shop is open. Readers see the old rollup until it
 * commits; every process then drops its cached windows within seconds.
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

/** `rebuildPopular` in a transaction that has already locked the rollup. */
export async function rebuildLocked(em: EntityManager, { safe }: Pick<LockedRollup, 'safe'>): Promise<void> {
  await em.execute('delete from popular_hour')
  await em.execute(`update popular_state set watermark = ${moment(0)}, generation = generation + 1`)
  let watermark = 0
  while (watermark < safe) watermark = await rollUp(em, { watermark, safe })
}
