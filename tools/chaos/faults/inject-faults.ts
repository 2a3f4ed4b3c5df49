import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../cluster/cluster.ts'
import type { Fixture } from '../workload/fixture.ts'
import type { History } from '../workload/history.ts'
import { planFaults } from './plan.ts'
import { measureRecovery, type Recovery } from './recovery.ts'

/** Faults that were injected at the same time, and how long recovery took. */
export interface Injection extends Recovery {
  names: string[]
}

/**
 * Injects the planned faults one step after the other. Each step waits until the shop has recovered from the one before.
 *
 * @param only names of the faults to draw from; empty means all of them
 * @param untilMs time of `performance.now()` after which no fault begins
 * @param injections receives each injection, so that the caller has them when this throws
 * @param log writes a line when a fault is over
 * @throws Error when a repair fails or an API process ends by itself
 */
export async function injectFaults(options: {
  cluster: Cluster
  fixture: Fixture
  history: History
  seed: number
  only: string[]
  untilMs: number
  injections: Injection[]
  log: (line: string) => void
}): Promise<void> {
  const { cluster, fixture, history, untilMs, injections, log } = options
  for (const { faults, pauseMs } of planFaults(options)) {
    if (performance.now() >= untilMs) return
    const names = faults.map(({ fault }) => fault.name)
    const results = await allOf(faults.map(({ fault, random }) => fault.inject({ cluster, fixture, random })))
    const ended = cluster.apis.find((api) => !api.running())
    if (ended) throw new Error(`API ${ended.name} ended by itself during ${names.join(' and ')}.`)
    const recovery = await measureRecovery(cluster, history)
    injections.push({ ...recovery, names })
    for (const [index, name] of names.entries()) {
      const simultaneous = index > 0 ? ', at the same time' : ''
      log(`${name}${simultaneous}: ${results[index]}; ${describe(recovery)}`)
    }
    await sleep(pauseMs)
  }
}

/** Like `Promise.all`, but rejects only after every promise has settled. */
async function allOf<Value>(promises: Promise<Value>[]): Promise<Value[]> {
  await Promise.allSettled(promises)
  return Promise.all(promises)
}

function describe({ ordersMs, deliveryMs }: Recovery): string {
  return `first order after ${seconds(ordersMs)}, all events delivered after ${seconds(deliveryMs)}`
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}
