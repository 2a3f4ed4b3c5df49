import { DEAD_LETTERS, OUTBOX, type Outbox } from './outbox.ts'

/**
 * Moves dead letters back to the outbox in one statement, so that a crash cannot lose or duplicate one, and wakes the
 * relay. Each keeps its id, by which the platform recognises it. Concurrent calls move each dead letter once.
 *
 * @param ids ids in the outbox; those that are not of dead letters are ignored
 * @returns how many were moved
 */
export async function replayEvents(outbox: Outbox, ids: string[]): Promise<number> {
  const moved = await outbox.redrive(DEAD_LETTERS, { destination: OUTBOX, ids, limit: ids.length })
  if (moved > 0) outbox.onAdded()
  return moved
}
