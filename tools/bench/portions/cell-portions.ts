import type { Portion, PortionRequest, Return } from './depot.ts'

const RATE_WINDOW_MS = 1_000

/** An order of one unit. */
export interface Order {
  product: number
  at: number
  /** When it stops to wait for a portion; undefined until it has found none. */
  waitsUntil?: number
}

/** A portion that a cell sells from. */
export interface OpenPortion extends Portion {
  left: number
}

/** The portions that one cell has of one product, as rows in the cell's database, and the orders that wait in its process for more. */
export class CellPortions {
  /** Portions to sell from, the oldest first. */
  readonly open = new Map<string, OpenPortion>()
  /** The ends of portions, until the home has accepted them. */
  readonly closed = new Map<string, Return>()
  /** The ends that are on their way to the home. */
  returning: Return[] | undefined
  /** The ids of all portions that ever arrived, so that none is opened twice. */
  readonly #received = new Set<string>()
  /** Units that the batch in flight sells. */
  held = 0
  readonly waiting = new Set<Order>()
  /** The request that has no answer yet. */
  request: PortionRequest | undefined
  /** The home has said that every unit is sold. */
  soldOut = false
  #lastQuantity = 0
  #demand = 0
  #demandAt = 0

  get free(): number {
    let sum = 0
    for (const { left } of this.open.values()) sum += left
    return sum
  }

  hasReceived(id: string): boolean {
    return this.#received.has(id)
  }

  /** Whether a request is due: orders wait, or at most half of the last portion is left while there is demand. */
  isLow(now: number): boolean {
    if (this.soldOut) return false
    return this.waiting.size > 0 || (this.free <= this.#lastQuantity / 2 && this.rate(now) > 0.5)
  }

  /** Opens a portion, unless its message has arrived before. */
  receive(portion: Portion): void {
    const { id, quantity } = portion
    if (this.request?.id === id) this.request = undefined
    if (this.#received.has(id)) return
    this.#received.add(id)
    this.open.set(id, { ...portion, left: quantity })
    this.#lastQuantity = quantity
  }

  /** Takes one unit for the batch that begins. */
  reserve(): OpenPortion | undefined {
    for (const portion of this.open.values()) {
      if (portion.left === 0) continue
      portion.left--
      this.held++
      return portion
    }
    return undefined
  }

  /** Gives the unit back, because the batch did not commit. */
  release(portion: OpenPortion): void {
    portion.left++
    this.held--
  }

  /** Ends the sale of a portion. In a database this would wait for a batch that sells units of it, because both lock its row. */
  close(id: string): void {
    const portion = this.open.get(id)
    if (!portion) return
    this.open.delete(id)
    this.closed.set(id, { id, left: portion.left })
  }

  /**
   * Gives half of a portion to the home, and keeps the other half as a new portion. It keeps at least as many units as its own orders are
   * about to take: otherwise cells would pass on the last units for ever.
   */
  split(id: string, ownOrders: number): void {
    const portion = this.open.get(id)
    if (!portion || portion.left <= ownOrders) return
    const { left, ...given } = portion
    const keeps = Math.max(Math.floor(left / 2), ownOrders)
    this.open.delete(id)
    if (keeps === 0) return void this.closed.set(id, { id, left })
    const kept = { ...given, id: `${id}'`, quantity: keeps }
    this.closed.set(id, { id, left: left - keeps, kept })
    this.#received.add(kept.id)
    this.open.set(kept.id, { ...kept, left: keeps })
  }

  /** Closes the portions that are sold out, so that the home knows when every unit is sold. */
  closeEmpty(): void {
    for (const [id, { left }] of this.open) if (left === 0) this.close(id)
  }

  /** Counts an order in the demand, an exponentially decaying sum. */
  countDemand(now: number): void {
    this.#demand = this.#demand * Math.exp((this.#demandAt - now) / RATE_WINDOW_MS) + 1
    this.#demandAt = now
  }

  /** Orders a second: the decaying sum, because its time constant is one second. */
  rate(now: number): number {
    return this.#demand * Math.exp((this.#demandAt - now) / RATE_WINDOW_MS)
  }
}
