import type { Portion, PortionRequest, Return } from './depot.ts'

const RATE_WINDOW_MS = 1_000

/** An order of one unit. */
export interface Order {
  product: number
  at: number
  /** Until when it waits for a portion, since it first found none. */
  waitsUntil?: number
}

/** A portion that a cell sells from. */
export interface OpenPortion extends Portion {
  left: number
}

/** What one cell knows of one product: rows in the cell's own database, and the orders that wait in its process. */
export class Shelf {
  /** Portions to sell from, the oldest first. */
  readonly open = new Map<string, OpenPortion>()
  /** The ends of portions, until the home has accepted them. */
  readonly closed = new Map<string, Return>()
  /** The ends that are on their way to the home. */
  returning: Return[] | undefined
  /** Every portion that ever arrived. */
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

  /** A request is due: orders wait, or less than half of the last portion is left while there is demand. */
  isLow(now: number): boolean {
    if (this.soldOut) return false
    return this.waiting.size > 0 || (this.free <= this.#lastQuantity / 2 && this.rate(now) > 0.5)
  }

  /** Opens a portion, once: also a message that arrives after the portion was closed opens nothing. */
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

  /** Ends the sale of a portion, never while a batch has units of it: both lock its row. */
  close(id: string): void {
    const portion = this.open.get(id)
    if (!portion) return
    this.open.delete(id)
    this.closed.set(id, { id, left: portion.left })
  }

  /**
   * Gives half of a portion to the home, and keeps the other half as a new portion; but nothing that the cell's own orders are about to take,
   * or the last units would be passed on for ever.
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

  /** Closes what is sold, so that the home knows when everything is. */
  closeEmpty(): void {
    for (const [id, { left }] of this.open) if (left === 0) this.close(id)
  }

  /** Counts an order in the demand, which fades within seconds. */
  countDemand(now: number): void {
    this.#demand = this.#demand * Math.exp((this.#demandAt - now) / RATE_WINDOW_MS) + 1
    this.#demandAt = now
  }

  /** Orders a second: the window is one. */
  rate(now: number): number {
    return this.#demand * Math.exp((this.#demandAt - now) / RATE_WINDOW_MS)
  }
}
