import { hash } from 'node:crypto'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus'

/** Random draws that a seed determines. */
export interface Random {
  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number
  /** A number from 0 to below 1. */
  fraction(): number
  /** True with this probability, 0 to 1. */
  chance(probability: number): boolean
  /** One of the items. There must be at least one. */
  pick<Item>(items: readonly Item[]): Item
  /** The items in random order. */
  shuffle<Item>(items: readonly Item[]): Item[]
}

const FRACTIONS = 1_000_000

/**
 * Creates a random generator.
 *
 * @param stream names the generator. Each concurrent part needs its own, so that timing does not change its draws
 */
export function randomOf(seed: number, ...stream: (string | number)[]): Random {
  // Generators with similar states start with similar draws, so the state is a hash.
  const state = hash('md5', [seed, ...stream].join(' '), 'buffer')
  const generator = xoroshiro128plusFromState([0, 4, 8, 12].map((offset) => state.readInt32LE(offset)))
  const int = (min: number, max: number) => uniformInt(generator, min, max)
  const fraction = () => int(0, FRACTIONS - 1) / FRACTIONS
  return {
    int,
    fraction,
    chance: (probability) => fraction() < probability,
    pick: (items) => items[int(0, items.length - 1)] as (typeof items)[number],
    shuffle(items) {
      const rest = [...items]
      return items.map(() => rest.splice(int(0, rest.length - 1), 1)[0] as (typeof items)[number])
    },
  }
}
