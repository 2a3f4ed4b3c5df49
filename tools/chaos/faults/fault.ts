import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../cluster/cluster.ts'
import type { Random } from '../random.ts'
import type { Fixture } from '../workload/fixture.ts'

/** What a fault breaks. Two faults run at the same time only if they break different parts. */
type Part = 'apis' | 'postgres' | 'database-proxies' | 'platform' | 'clients' | 'readers'

/** What a fault needs to run. */
export interface FaultContext {
  cluster: Cluster
  fixture: Fixture
  random: Random
}

/** A fault that can be injected. */
export interface Fault {
  name: string
  parts: Part[]
  /**
   * Breaks something and repairs it. Everything is repaired when the promise resolves.
   *
   * @returns a short description of what it did
   * @throws Error when the repair fails, or a process behaved wrongly
   */
  inject(context: FaultContext): Promise<string>
}

/** Waits for a random time, in milliseconds. */
export async function pause(random: Random, minMs: number, maxMs: number): Promise<void> {
  await sleep(random.int(minMs, maxMs))
}
