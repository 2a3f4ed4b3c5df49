import { DEAD_LETTERS, OUTBOX, type Outbox } from './outbox.ts'

/**
 * Moves dead letters back to the outbox, in one statement: each is in one place or in the other, whoever dies meanwhile, and
 * keeps the id by which the platform knows it. Several may do so at once: each dead letter is moved by one of them.
 *
 * @param ids of dead letters in the outbox; those that are none, or no more, are left out
 * @returns how many were moved
 */
export async function replayEvents(outbox: Outbox, ids: string[]): Promise<number> {
  return outbox.redrive(DEAD_LETTERS, { destination: OUTBOX, ids, limit: ids.length })
}
