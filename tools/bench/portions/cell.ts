import { CellPortions, type OpenPortion, type Order } from './cell-portions.ts'
import { BATCH_MS, BATCH_SPREAD, MAX_BATCH, MAX_QUEUE, MAX_QUEUE_MS, ORDER_MS } from './costs.ts'
import type { CellPart, World } from './world.ts'

interface Batch {
  sales: { order: Order; portions: CellPortions; portion: OpenPortion }[]
  tasks: (() => void)[]
}

/** A cell: one primary with its processes of the API, which runs one batch at a time. A failure keeps its portions, which are rows. */
export class Cell implements CellPart {
  readonly index: number
  readonly portions = new Map<number, CellPortions>()
  up = true
  readonly #world: World
  #orders: Order[] = []
  #tasks: (() => void)[] = []
  #batch: Batch | undefined

  constructor(index: number, world: World) {
    this.index = index
    this.#world = world
  }

  portionsOf(product: number): CellPortions {
    this.#world.touch(product)
    const portions = this.portions.get(product) ?? new CellPortions()
    this.portions.set(product, portions)
    return portions
  }

  /** A member of this cell orders. */
  arrive(order: Order): void {
    const portions = this.portionsOf(order.product)
    portions.countDemand(this.#world.events.now)
    if (!this.up || this.#orders.length >= MAX_QUEUE) this.#world.outcomes.unavailable(order)
    else if (portions.soldOut) this.#world.outcomes.refused(order)
    else {
      this.#orders.push(order)
      this.#begin()
    }
  }

  enqueue(task: () => void): void {
    if (!this.up) return
    this.#tasks.push(task)
    this.#begin()
  }

  ordersOf(product: number): number {
    return this.#orders.filter((order) => order.product === product).length
  }

  retryWaiting(portions: CellPortions): void {
    this.#orders.unshift(...portions.waiting)
    portions.waiting.clear()
    this.#begin()
  }

  /** Loses the orders in memory. The batch in flight is rolled back, or has committed: each with probability 0.5. */
  fail(): void {
    const batch = this.#batch
    this.#batch = undefined
    if (batch && this.#world.random.chance(0.5)) this.#settle(batch)
    else
      for (const { order, portions, portion } of batch?.sales ?? []) {
        this.#world.touch(order.product)
        portions.release(portion)
        this.#world.outcomes.unavailable(order)
      }
    this.up = false
    const lost = [...this.#orders, ...[...this.portions.values()].flatMap(({ waiting }) => [...waiting])]
    for (const order of lost) this.#world.outcomes.unavailable(order)
    for (const { waiting } of this.portions.values()) waiting.clear()
    this.#orders = []
    this.#tasks = []
  }

  recover(): void {
    this.up = true
    for (const [product, portions] of this.portions) {
      this.enqueue(() => this.#world.stock.closeExpired(this, product))
      if (portions.request) this.#world.stock.sendRequest(this, product)
    }
  }

  #begin(): void {
    if (this.#batch || !this.up || this.#orders.length + this.#tasks.length === 0) return
    const batch: Batch = { sales: [], tasks: this.#tasks.splice(0, MAX_BATCH) }
    this.#batch = batch
    const products = new Set<number>()
    let taken = 0
    for (const order of this.#orders) {
      if (batch.tasks.length + batch.sales.length === MAX_BATCH) break
      taken++
      const sale = this.#decide(order)
      if (sale) batch.sales.push(sale)
      products.add(order.product)
    }
    this.#orders.splice(0, taken)
    const spread = Math.exp(BATCH_SPREAD * this.#world.normal())
    const durationMs = BATCH_MS * spread + ORDER_MS * (batch.tasks.length + batch.sales.length)
    batch.tasks.push(() => {
      for (const product of products) this.#world.stock.look(this, product)
    })
    this.#world.events.after(durationMs, () => {
      if (this.#batch !== batch) return
      this.#settle(batch)
      this.#batch = undefined
      this.#begin()
    })
  }

  #settle({ sales, tasks }: Batch): void {
    for (const { order, portions } of sales) {
      this.#world.touch(order.product)
      portions.held--
      this.#world.outcomes.placed(order)
    }
    for (const task of tasks) task()
  }

  /** Takes a unit for an order; or refuses it, or lets it wait for a portion. */
  #decide(order: Order): Batch['sales'][number] | undefined {
    const { events, outcomes, options } = this.#world
    const portions = this.portionsOf(order.product)
    if (order.waitsUntil === undefined && events.now - order.at > MAX_QUEUE_MS) {
      outcomes.unavailable(order)
      return undefined
    }
    const portion = portions.reserve()
    if (portion) return { order, portions, portion }
    order.waitsUntil ??= this.#giveUpAfter(order, portions, options.waitMs)
    if (portions.soldOut || order.waitsUntil <= events.now) outcomes.refused(order)
    else portions.waiting.add(order)
    return undefined
  }

  #giveUpAfter(order: Order, portions: CellPortions, waitMs: number): number {
    const { events, outcomes } = this.#world
    events.after(waitMs, () => {
      if (portions.waiting.delete(order)) outcomes.refused(order)
    })
    return events.now + waitMs
  }
}
