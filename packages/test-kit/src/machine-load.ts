import { availableParallelism, loadavg } from 'node:os'

/** How long tests wait, on a machine with nothing else to do, for what has no limit of its own. */
export const PATIENCE_MS = 20_000

/**
 * Scales a limit on wall-clock time by the load of the machine: with twice as many runnable processes as processors,
 * everything takes about twice as long.
 *
 * @param limitMs the limit on a machine with nothing else to do, in milliseconds
 * @returns whole milliseconds, at least `limitMs`
 */
export function scaleByLoad(limitMs: number): number {
  const load = (loadavg()[0] ?? 0) / availableParallelism()
  return Math.ceil(limitMs * Math.max(1, load))
}
