import { randomOf } from '@jumun/chaos/random'
import { percentile } from '@jumun/test-kit/quantiles'
import { Cell } from './cell.ts'
import type { Order } from './cell-portions.ts'
import { checkUnits, countUnits, type UnitCount } from './count-units.ts'
import { EventQueue } from './event-queue.ts'
import { StockMessages } from './stock.ts'
import type { CellPart, PortionOptions, World } from './world.ts'

/** How long the simulation goes on after the last arrival, so that lost messages are sent again. */
const SETTLE_MS = 60_000

/** The figures of a simulation. */
export interface PortionFigures {
  placed: number
  /** Refused as out of stock while units were free in a cell that could be reached. */
  refusedFalsely: number
  /** The same, but units were free only in cells that were away. */
  refusedWhileAway: number
  refusedRightly: number
  unavailable: number
  /** When 99 % of the units were sold. */
  almostMs: number
  /** When the last unit was sold, or the simulation ended. */
  endMs: number
  soldOut: boolean
  ordersPerSecond: number
  /** Portions sent and returned, for each order that was placed. */
  transfersPerOrder: number
  /** Milliseconds. */
  p50: number
  p99: number
  /** Simulated events. After each of them, every unit was counted. */
  events: number
}

/** Simulates a shop of several cells. Throws when a unit is lost, doubled or sold twice. The same seed gives the same figures. */
export function simulatePortions(options: PortionOptions): PortionFigures {
  const shop = new Shop(options)
  return shop.run()
}

class Shop implements World {
  readonly options: PortionOptions
  readonly events = new EventQueue()
  readonly random
  readonly stock: StockMessages
  readonly cells: Cell[]
  readonly sold: number[]
  readonly latencies: number[] = []
  readonly counts = { refusedFalsely: 0, refusedWhileAway: 0, refusedRightly: 0, unavailable: 0, events: 0 }
  readonly #productShares: number[]
  readonly #cut = new Set<number>()
  readonly #touched = new Set<number>()
  #unsold: number
  #almostMs = Number.NaN
  #endMs = 0

  constructor(options: PortionOptions) {
    this.options = options
    this.random = randomOf(options.seed, 'portions')
    this.stock = new StockMessages(this)
    this.cells = Array.from({ length: options.cells }, (_, index) => new Cell(index, this))
    this.sold = Array.from({ length: options.products }, () => 0)
    this.#unsold = options.products * options.units
    this.#productShares = sharesOf(options.products, options.zipf)
  }

  run(): PortionFigures {
    this.#startArrivals()
    this.#planFailures()
    const endMs = this.options.seconds * 1_000 + SETTLE_MS
    while (this.#unsold > 0 && this.events.next(endMs)) this.#check()
    const soldOut = this.#unsold === 0
    if (!soldOut) this.#endMs = this.options.seconds * 1_000
    const placed = this.latencies.length
    return {
      placed,
      ...this.counts,
      almostMs: this.#almostMs,
      endMs: this.#endMs,
      soldOut,
      ordersPerSecond: (placed / this.#endMs) * 1_000,
      transfersPerOrder: this.stock.transfers / placed,
      p50: percentile(this.latencies, 0.5),
      p99: percentile(this.latencies, 0.99),
    }
  }

  readonly outcomes = {
    placed: (order: Order) => {
      this.sold[order.product] = (this.sold[order.product] ?? 0) + 1
      this.latencies.push(this.events.now - order.at)
      this.#unsold--
      if (this.#unsold === 0) this.#endMs = this.events.now
      if (this.#unsold === Math.floor((this.options.products * this.options.units) / 100))
        this.#almostMs = this.events.now
    },
    refused: (order: Order) => {
      if (this.#unitsOf(order.product).free === 0) this.counts.refusedRightly++
      else if (this.#isWithinReach(order.product)) this.counts.refusedFalsely++
      else this.counts.refusedWhileAway++
    },
    unavailable: () => void this.counts.unavailable++,
  }

  touch(product: number): void {
    this.#touched.add(product)
  }

  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.random.fraction()))
    return radius * Math.cos(2 * Math.PI * this.random.fraction())
  }

  send(from: number, to: number, deliver: (cell: CellPart) => void): void {
    const { tripMs, loss, duplicates } = this.options
    const target = this.cells[to] as Cell
    const isCut = () => from !== to && (this.#cut.has(from) || this.#cut.has(to))
    if (!this.cells[from]?.up || isCut() || (from !== to && this.random.chance(loss))) return
    const copies = from !== to && this.random.chance(duplicates) ? 2 : 1
    for (let copy = 0; copy < copies; copy++) {
      const delayMs = from === to ? 0 : (tripMs / 2) * (copy === 0 ? 1 : 1 + 100 * this.random.fraction())
      this.events.after(delayMs, () => {
        if (target.up && !isCut()) deliver(target)
      })
    }
  }

  #unitsOf(product: number): UnitCount {
    const { cells, sold } = this
    const depot = this.stock.depots[product] as StockMessages['depots'][number]
    return countUnits(product, { depot, cells, sold: sold[product] ?? 0 })
  }

  /** Whether a cell that can be reached has free units. */
  #isWithinReach(product: number): boolean {
    const away = this.cells.filter(({ index, up }) => !up || this.#cut.has(index))
    let free = this.#unitsOf(product).free
    for (const { index, portions } of away) {
      if (index === product % this.options.cells) free -= this.stock.depots[product]?.rest ?? 0
      const ofProduct = portions.get(product)
      free -= ofProduct?.free ?? 0
      for (const { left } of ofProduct?.closed.values() ?? []) free -= left
    }
    return free > 0
  }

  #check(): void {
    this.counts.events++
    for (const product of this.#touched) checkUnits(product, this.options.units, this.#unitsOf(product))
    this.#touched.clear()
  }

  #startArrivals(): void {
    const { cells, ordersPerSecond, skew, seconds } = this.options
    const shares = sharesOf(cells, skew)
    for (const cell of this.cells) {
      const share = (shares[cell.index] ?? 0) - (shares[cell.index - 1] ?? 0)
      const meanMs = 1_000 / (ordersPerSecond * cells * share)
      const next = () =>
        this.events.after(-Math.log(1 - this.random.fraction()) * meanMs, () => {
          if (this.events.now > seconds * 1_000) return
          cell.arrive({ product: this.#drawProduct(), at: this.events.now })
          next()
        })
      next()
    }
  }

  #drawProduct(): number {
    if (this.options.products === 1) return 0
    const draw = this.random.fraction()
    return this.#productShares.findIndex((end) => draw < end)
  }

  #planFailures(): void {
    for (const { kind, cell: index, atMs, forMs } of this.options.failures) {
      const cell = this.cells[index % this.options.cells] as Cell
      this.events.after(atMs, () => (kind === 'down' ? cell.fail() : this.#cut.add(cell.index)))
      this.events.after(atMs + forMs, () => (kind === 'down' ? cell.recover() : this.#cut.delete(cell.index)))
    }
  }
}

/** Cumulative shares in proportion to n^-exponent. The last is 1. */
function sharesOf(count: number, exponent: number): number[] {
  const weights = Array.from({ length: count }, (_, index) => (index + 1) ** -exponent)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  let sum = 0
  return weights.map((weight, index) => {
    sum += weight / total
    return index === count - 1 ? 1 : sum
  })
}
