import { availableParallelism, loadavg } from 'node:os'

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
