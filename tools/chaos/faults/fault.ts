import type { Stage } from '../cluster/cluster.ts'
import type { Random } from '../random.ts'
import type { Market } from '../workload/fixture.ts'

/** What a fault breaks. Faults that strike at the same time break different parts. */
type Part = 'apis' | 'postgres' | 'database-wires' | 'platform' | 'clients'

/** What a fault has at hand. */
export interface Scene {
  stage: Stage
  market: Market
  random: Random
}

/** Something that goes wrong. */
export interface Fault {
  name: string
  parts: Part[]
  /**
   * Breaks something, and mends it again: when this resolves, what was broken is back.
   *
   * @returns what happened, in a few words
   * @throws Error when it does not come back, or not as it should
   */
  strike(scene: Scene): Promise<string>
}

/** Waits for as long as the seed says. */
export async function pause(random: Random, minMs: number, maxMs: number): Promise<void> {
  const ms = random.int(minMs, maxMs)
  await new Promise((resolve) => setTimeout(resolve, ms))
}
