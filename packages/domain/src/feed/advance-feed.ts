import type { EntityManager } from '@mikro-orm/postgresql'

/** The least time between two ticks, in milliseconds. */
export const TICK_INTERVAL_MS = 100

/**
 * Makes a tick if changes were committed since the last one. Any number of processes may call it.
 *
 * @param minIntervalMs the least time after the last tick. With 0, every change that was committed before the call is in the returned tick
 * or an earlier one
 *
 * @returns the number of the last tick
 */
export async function advanceFeed(em: EntityManager, minIntervalMs = 0): Promise<number> {
  const [row] = await em.execute<[{ number: number }]>('select feed_advance(?::int)::float8 as number', [minIntervalMs])
  return row.number
}
