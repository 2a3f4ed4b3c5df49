import { type PortionPolicy, portionSize } from './policy.ts'

/** Some units of a product that a cell may sell by itself. Its id is that of the request for it. */
export interface Portion {
  id: string
  product: number
  cell: number
  quantity: number
  /** When the cell returns what is left. Nothing else depends on this time, because clocks may differ. */
  expiresAt: number
}

/** What a cell asks the product's home for. It repeats the request, with the same id, until it has the answer. */
export interface PortionRequest {
  id: string
  product: number
  cell: number
  /** Orders that wait for this portion. */
  need: number
  /** Units a second that the cell could sell. */
  rate: number
}

/** The end of a portion. The cell repeats it, the oldest first, until the home has accepted it. */
export interface Return {
  id: string
  /** Units that go back. */
  left: number
  /** The part that the cell keeps, which is a portion from now on. */
  kept?: Portion
}

interface DepotOptions {
  units: number
  cells: number
  leaseMs: number
  policy: PortionPolicy
}

/** The stock of a product that no cell has, and the portions that cells have: rows in the database of the product's home cell. */
export class Depot {
  rest: number
  /** Portions that have not come back. */
  readonly granted = new Map<string, Portion>()
  /** The answer to each request. A repetition of the request gets the same one. */
  readonly #answers = new Map<string, Portion>()
  readonly #waiting = new Map<string, PortionRequest>()
  readonly #rates = new Map<number, number>()
  readonly #options: DepotOptions

  constructor(options: DepotOptions) {
    this.#options = options
    this.rest = options.units
  }

  /** Whether every unit is sold: the depot is empty, and no cell has a portion that may come back. */
  get soldOut(): boolean {
    return this.rest === 0 && this.granted.size === 0
  }

  /** The portion for a request. Undefined while the depot is empty: then the request waits until a portion comes back. */
  ask(request: PortionRequest, now: number): Portion | undefined {
    this.#rates.set(request.cell, request.rate)
    const first = this.#answers.get(request.id)
    if (first) return first
    if (this.rest > 0) return this.#grant(request, now)
    this.#waiting.set(request.id, request)
    return undefined
  }

  /** Adds what is left of a portion, once. */
  takeBack({ id, left, kept }: Return): void {
    if (!this.granted.delete(id)) return
    this.rest += left
    if (kept) this.granted.set(kept.id, kept)
  }

  /** Grants portions to the requests that wait, the oldest first, as far as the stock goes. */
  grantWaiting(now: number): Portion[] {
    const portions: Portion[] = []
    for (const request of this.#waiting.values()) {
      if (this.rest === 0) break
      portions.push(this.#grant(request, now))
    }
    return portions
  }

  #grant(request: PortionRequest, now: number): Portion {
    const { policy, cells, leaseMs } = this.#options
    const totalRate = [...this.#rates.values()].reduce((sum, rate) => sum + rate, 0)
    const quantity = portionSize(policy, { ...request, totalRate, rest: this.rest, cells })
    const { id, product, cell } = request
    const portion = { id, product, cell, quantity, expiresAt: now + leaseMs }
    this.rest -= quantity
    this.granted.set(id, portion)
    this.#answers.set(id, portion)
    this.#waiting.delete(id)
    return portion
  }
}
