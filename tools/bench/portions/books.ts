import type { Cell } from './cell.ts'
import type { Depot } from './depot.ts'
import type { Shelf } from './shelf.ts'

/** Where the units of a product are. */
export interface Books {
  sold: number
  /** In batches that have not committed. */
  held: number
  /** In the depot, in portions of cells, and on the way between them. */
  free: number
}

/** Counts the units of a product from what the cells have written, independently of what the simulation has counted. */
export function countUnits(product: number, shop: { depot: Depot; cells: Cell[]; sold: number }): Books {
  const { depot, cells, sold } = shop
  const books = { sold, held: 0, free: depot.rest }
  for (const cell of cells) {
    const shelf = cell.shelves.get(product)
    if (!shelf) continue
    books.held += shelf.held
    books.free += shelf.free
    for (const { id, left } of shelf.closed.values()) if (isOpenAtHome(id, shelf, depot)) books.free += left
  }
  for (const { id, cell, quantity } of depot.granted.values()) {
    if (!cells[cell]?.shelves.get(product)?.hasReceived(id)) books.free += quantity
  }
  return books
}

/** The home has not accepted the end of this portion; nor does it know of the kept part of such a portion. */
function isOpenAtHome(id: string, shelf: Shelf, depot: Depot): boolean {
  if (depot.granted.has(id)) return true
  const whole = [...shelf.closed.values()].find(({ kept }) => kept?.id === id)
  return whole !== undefined && isOpenAtHome(whole.id, shelf, depot)
}

/** Throws unless every unit is in one place. */
export function checkBooks(product: number, units: number, { sold, held, free }: Books): void {
  if (sold + held + free === units && Math.min(sold, held, free) >= 0) return
  throw new Error(`Product ${product}: ${sold} sold + ${held} held + ${free} free units are not ${units}.`)
}
