import { type EntityManager, IsolationLevel } from '@mikro-orm/postgresql'
import { lockRollup } from './lock-rollup.ts'
import { rebuildLocked } from './rebuild-popular.ts'
import { type RollUpOptions, rollUp } from './roll-up.ts'

/**
 * Rolls up what was sold and cancelled since the last time. Any number of processes may call it: one does the work, the
 * others find it locked and leave. A process that dies on the way leaves no trace.
 *
 * @returns whether there is more to do at once
 */
export async function advancePopular(em: EntityManager, options: RollUpOptions = {}): Promise<boolean> {
  return em.fork().transactional(
    async (em) => {
      // Losing the last step in a crash of the server is harmless, it is done again; so nobody waits for the disk.
      await em.execute('set local synchronous_commit = off')
      const rollup = await lockRollup(em, { wait: false })
      if (!rollup) return false
      if (rollup.overtaken) {
        await rebuildLocked(em, rollup)
        return false
      }
      return (await rollUp(em, rollup, options)) < rollup.safe
    },
    // What is counted must be read after it is known how far: each statement needs a snapshot of its own.
    { isolationLevel: IsolationLevel.READ_COMMITTED },
  )
}
