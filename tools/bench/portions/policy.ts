/** How large a portion is. */
export type PortionPolicy =
  | { kind: 'fixed'; units: number }
  /** Half of what is left, divided by the cells. */
  | { kind: 'half' }
  /** What the cell sells in this time, but at most half of its share of what is left. Shares are in proportion to demand. */
  | { kind: 'adaptive'; seconds: number }

interface Situation {
  /** Units in the depot, more than 0. */
  rest: number
  cells: number
  /** Orders that wait for this portion. */
  need: number
  /** Units a second that the cell could sell, and that all cells which have asked could sell together. */
  rate: number
  totalRate: number
}

/** The units of the next portion: from 1 to the rest, and enough for the orders that wait for it. */
export function portionSize(policy: PortionPolicy, situation: Situation): number {
  const { rest, need } = situation
  return Math.min(rest, Math.max(1, need, Math.ceil(wanted(policy, situation))))
}

function wanted(policy: PortionPolicy, { rest, cells, rate, totalRate }: Situation): number {
  if (policy.kind === 'fixed') return policy.units
  if (policy.kind === 'half') return rest / (2 * cells)
  const share = totalRate > 0 ? rate / totalRate : 1 / cells
  return Math.min(rate * policy.seconds, (rest * share) / 2)
}

/** Reads `fixed:100`, `half` or `adaptive:2`. Throws `RangeError`. */
export function parsePolicy(text: string): PortionPolicy {
  const [kind, value] = text.split(':')
  const number = Number(value)
  if (kind === 'half' && value === undefined) return { kind }
  if (kind === 'fixed' && Number.isInteger(number) && number >= 1) return { kind, units: number }
  if (kind === 'adaptive' && number > 0 && number < 1_000) return { kind, seconds: number }
  throw new RangeError(`--policies: ${text} is not fixed:<units>, half or adaptive:<seconds>`)
}
