import type { Cell } from './cell.ts'
import type { CellPortions } from './cell-portions.ts'
import type { Depot } from './depot.ts'

/** How many units of a product are in which state. */
export interface UnitCount {
  sold: number
  /** In batches that have not committed. */
  held: number
  /** In the depot, in portions of cells, and on the way between them. */
  free: number
}

/** Counts the units of a product from the rows of depot and cells, independently of the sums of the simulation. */
export function countUnits(product: number, shop: { depot: Depot; cells: Cell[]; sold: number }): UnitCount {
  const { depot, cells, sold } = shop
  const count = { sold, held: 0, free: depot.rest }
  for (const cell of cells) {
    const portions = cell.portions.get(product)
    if (!portions) continue
    count.held += portions.held
    count.free += portions.free
    for (const { id, left } of portions.closed.values()) if (isOpenAtHome(id, portions, depot)) count.free += left
  }
  for (const { id, cell, quantity } of depot.granted.values()) {
    if (!cells[cell]?.portions.get(product)?.hasReceived(id)) count.free += quantity
  }
  return count
}

/** Whether the home has not accepted the end of a portion, or, for the kept part of a split portion, the end of the whole one. */
function isOpenAtHome(id: string, portions: CellPortions, depot: Depot): boolean {
  if (depot.granted.has(id)) return true
  const whole = [...portions.closed.values()].find(({ kept }) => kept?.id === id)
  return whole !== undefined && isOpenAtHome(whole.id, portions, depot)
}

/** Throws unless every unit is counted exactly once. */
export function checkUnits(product: number, units: number, { sold, held, free }: UnitCount): void {
  if (sold + held + free === units && Math.min(sold, held, free) >= 0) return
  throw new Error(`Product ${product}: ${sold} sold + ${held} held + ${free} free units are not ${units}.`)
}
