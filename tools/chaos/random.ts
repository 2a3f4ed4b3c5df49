import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** Draws that a seed decides. */
export interface Random {
  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number
  /** True in a share of all draws, 0 to 1. */
  chance(share: number): boolean
  /** One of the items, of which there is at least one. */
  pick<Item>(items: readonly Item[]): Item
  /** The items in another order. */
  shuffle<Item>(items: readonly Item[]): Item[]
}

const CHANCES = 1_000_000

/**
 * Makes a source of draws.
 *
 * @param seed a whole number; each pair of a seed and a stream has draws of its own
 */
export function randomOf(seed: number, stream = 0): Random {
  const generator = xoroshiro128plus(seed * 7_919 + stream)
  const int = (min: number, max: number) => uniformInt(generator, min, max)
  return {
    int,
    chance: (share) => int(1, CHANCES) <= share * CHANCES,
    pick: (items) => items[int(0, items.length - 1)] as (typeof items)[number],
    shuffle(items) {
      const rest = [...items]
      return items.map(() => rest.splice(int(0, rest.length - 1), 1)[0] as (typeof items)[number])
    },
  }
}
