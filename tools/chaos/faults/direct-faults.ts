import { setTimeout as sleep } from 'node:timers/promises'
import type { Stage } from '../cluster/cluster.ts'
import { randomOf } from '../random.ts'
import type { Market } from '../workload/fixture.ts'
import type { Journal } from '../workload/history.ts'
import { apiFaults } from './api-faults.ts'
import type { Fault } from './fault.ts'
import { platformFaults } from './platform-faults.ts'
import { postgresFaults } from './postgres-faults.ts'
import { wireFaults } from './proxy-faults.ts'
import { measureRecovery, type Recovery } from './recovery.ts'

const allFaults = [...apiFaults, ...postgresFaults, ...wireFaults, ...platformFaults]

/** Streams of draws; the shoppers have those from 1,000 on. */
const ORDER_OF_FAULTS = 2
const FIRST_STRIKE = 100_000

/** How often two strike together. */
const PAIR_SHARE = 0.35

/** The names of all faults. */
export const faultNames = allFaults.map(({ name }) => name)

/** What struck, and how long it took to recover from it. */
export interface Struck extends Recovery {
  names: string[]
}

/**
 * Has faults strike one after the other, or two together, in the order that the seed says: each kind once before any comes
 * again. The next one waits until the shop has recovered from the one before.
 *
 * @param only names of faults; none: all of them
 * @param untilMs when to begin no other one, by `performance.now()`
 * @param struck takes what struck
 * @param say is told of each fault when it is over, in one line
 * @throws Error when something that was broken does not come back
 */
export async function directFaults(options: {
  stage: Stage
  market: Market
  journal: Journal
  seed: number
  only: string[]
  untilMs: number
  struck: Struck[]
  say: (line: string) => void
}): Promise<void> {
  const { stage, market, journal, seed, only, untilMs, struck, say } = options
  const faults = only.length === 0 ? allFaults : allFaults.filter(({ name }) => only.includes(name))
  const random = randomOf(seed, ORDER_OF_FAULTS)
  let strikes = 0
  const strike = (fault: Fault) => {
    strikes++
    return fault.strike({ stage, market, random: randomOf(seed, FIRST_STRIKE + strikes) })
  }
  let deck: Fault[] = []
  while (performance.now() < untilMs) {
    if (deck.length === 0) deck = random.shuffle(faults)
    const together = draw(deck, random.chance(PAIR_SHARE))
    const told = await allOf(together.map(strike))
    const ended = stage.apis.find((api) => !api.running())
    if (ended)
      throw new Error(`API ${ended.name} ended by itself during ${together.map(({ name }) => name).join(' and ')}.`)
    const recovery = await measureRecovery(stage, journal)
    struck.push({ ...recovery, names: together.map((fault) => fault.name) })
    for (const [index, fault] of together.entries()) {
      const also = index > 0 ? ', at the same time' : ''
      say(`${fault.name}${also}: ${told[index]}; ${describe(recovery)}`)
    }
    await sleep(random.int(300, 1_500))
  }
}

/** Waits for all of them, also when one fails: its failure is told then. */
async function allOf<Value>(promises: Promise<Value>[]): Promise<Value[]> {
  await Promise.allSettled(promises)
  return Promise.all(promises)
}

/** Takes the next fault from the deck, and perhaps the next one after it that breaks something else. */
function draw(deck: Fault[], pair: boolean): Fault[] {
  const first = deck.shift()
  if (!first) return []
  const second = pair ? deck.findIndex((fault) => fault.parts.every((part) => !first.parts.includes(part))) : -1
  return second === -1 ? [first] : [first, ...deck.splice(second, 1)]
}

function describe({ ordersMs, deliveryMs }: Recovery): string {
  return `orders again after ${seconds(ordersMs)}, all delivered after ${seconds(deliveryMs)}`
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}
