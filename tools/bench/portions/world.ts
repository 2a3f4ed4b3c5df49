import type { Random } from '@jumun/chaos/random'
import type { CellPortions, Order } from './cell-portions.ts'
import type { EventQueue } from './event-queue.ts'
import type { PortionPolicy } from './policy.ts'

/** A cell that is away for a while: `down` loses its processes, `cut` only its connections to other cells. */
export interface Failure {
  kind: 'down' | 'cut'
  cell: number
  atMs: number
  forMs: number
}

/** What is simulated. */
export interface PortionOptions {
  seed: number
  cells: number
  products: number
  /** How unequal the demand for products is: the n-th has a share in proportion to n^-zipf. */
  zipf: number
  /** Units of each product at the start. */
  units: number
  /** Orders a second that arrive at each cell, on average over the cells. */
  ordersPerSecond: number
  /** How unequal the cells' demand is, as `zipf`. */
  skew: number
  /** How long orders arrive, unless every unit is sold before. */
  seconds: number
  policy: PortionPolicy
  /** Round trip between two cells. */
  tripMs: number
  leaseMs: number
  /** How long an order waits for a portion before it is refused. */
  waitMs: number
  /** Whether the home takes portions back for a cell that has none. */
  recall: boolean
  failures: Failure[]
  /** Probabilities that a message between cells is lost, and that it arrives twice. */
  loss: number
  duplicates: number
}

/** What the messages about stock need of a cell. */
export interface CellPart {
  readonly index: number
  up: boolean
  /** The portions that this cell has of a product. */
  portionsOf(product: number): CellPortions
  /** Runs this in the next transaction. It is lost if the cell fails before the commit. */
  enqueue(task: () => void): void
  /** How many orders of a product wait for a batch. */
  ordersOf(product: number): number
  /** Moves the orders that wait for a portion to the front of the queue. */
  retryWaiting(portions: CellPortions): void
}

/** What a cell needs of the messages about stock. */
interface StockPart {
  /** Called after a commit that sold units of the product: returns the portions that are sold out, and asks for another one in time. */
  look(cell: CellPart, product: number): void
  /** Sends the open request with the current need and rate, and repeats it until there is an answer. */
  sendRequest(cell: CellPart, product: number): void
  /** Closes the portions whose time is over, and returns what is left of them. */
  closeExpired(cell: CellPart, product: number): void
}

/** What the parts of the simulation share. */
export interface World {
  readonly options: PortionOptions
  readonly events: EventQueue
  readonly random: Random
  readonly stock: StockPart
  readonly outcomes: {
    placed(order: Order): void
    /** Out of stock. */
    refused(order: Order): void
    /** The cell is away, or its queue is full. */
    unavailable(order: Order): void
  }
  /** Has the units of a product counted after this event. */
  touch(product: number): void
  /** A draw of the standard normal distribution. */
  normal(): number
  /** Delivers a message to a cell, unless the network loses it. */
  send(from: number, to: number, deliver: (cell: CellPart) => void): void
}
