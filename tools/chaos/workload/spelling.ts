import type { Random } from '../random.ts'

/** A UUID in lower, upper or mixed case: each names the same thing. */
export function respell(random: Random, uuid: string): string {
  const mixed = uuid.replace(/./g, (letter) => (random.chance(0.5) ? letter.toUpperCase() : letter))
  return random.pick([uuid, uuid.toUpperCase(), mixed])
}
