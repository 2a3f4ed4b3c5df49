import { type Random, randomOf } from '../random.ts'
import { apiFaults } from './api-faults.ts'
import type { Fault } from './fault.ts'
import { platformFaults } from './platform-faults.ts'
import { postgresFaults } from './postgres-faults.ts'
import { proxyFaults } from './proxy-faults.ts'

const allFaults = [...apiFaults, ...postgresFaults, ...proxyFaults, ...platformFaults]
const PAIR_PROBABILITY = 0.35

/** The names of all faults. */
export const faultNames = allFaults.map(({ name }) => name)

/** One fault, or two at the same time, each with its own random generator. */
export interface PlannedFaults {
  faults: { fault: Fault; random: Random }[]
  /** How long to wait after the recovery. */
  pauseMs: number
}

/**
 * Yields faults without end. The seed alone determines their order. Every fault is yielded once before any is repeated.
 *
 * @param only names of the faults to draw from; empty means all of them
 */
export function* planFaults({ seed, only }: { seed: number; only: string[] }): Generator<PlannedFaults> {
  const candidates = only.length === 0 ? allFaults : allFaults.filter(({ name }) => only.includes(name))
  const random = randomOf(seed, 'plan of faults')
  let deck: Fault[] = []
  for (let step = 1; ; step++) {
    if (deck.length === 0) deck = random.shuffle(candidates)
    const faults = draw(deck, random.chance(PAIR_PROBABILITY))
    yield {
      faults: faults.map((fault) => ({ fault, random: randomOf(seed, 'fault', step, fault.name) })),
      pauseMs: random.int(300, 1_500),
    }
  }
}

/** Removes the next fault from the deck and, for a pair, the next one after it that breaks other parts. */
function draw(deck: Fault[], pair: boolean): Fault[] {
  const first = deck.shift()
  if (!first) return []
  const second = pair ? deck.findIndex((fault) => fault.parts.every((part) => !first.parts.includes(part))) : -1
  return second === -1 ? [first] : [first, ...deck.splice(second, 1)]
}
