import { type EntityManager, IsolationLevel } from '@mikro-orm/postgresql'
import { lockRollup } from './lock-rollup.ts'
import { rebuildLocked } from './rebuild-popular.ts'
import { type RollUpOptions, rollUp } from './roll-up.ts'

/**
 * Adds to the rollup what was sold and cancelled since the last call, in one transaction. Any number of processes may call
 * it: one does the work, the others find the rollup locked and return at once.
 *
 * @returns whether there is more to do at once
 */
export async function advancePopular(em: EntityManager, options: RollUpOptions = {}): Promise<boolean> {
  return em.fork().transactional(
    async (em) => {
      // A step lost in a crash of the server is repeated, so the commit need not wait for the disk.
      await em.execute('set local synchronous_commit = off')
      const rollup = await lockRollup(em, { wait: false })
      if (!rollup) return false
      if (rollup.overtaken) {
        await rebuildLocked(em, rollup)
        return false
      }
      return (await rollUp(em, rollup, options)) < rollup.safe
    },
    // Sales must be read after the safe limit is known, so each statement needs its own snapshot.
    { isolationLevel: IsolationLevel.READ_COMMITTED },
  )
}
