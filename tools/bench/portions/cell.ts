import { BATCH_MS, BATCH_SPREAD, MAX_BATCH, MAX_QUEUE, MAX_QUEUE_MS, ORDER_MS } from './costs.ts'
import { type OpenPortion, type Order, Shelf } from './shelf.ts'
import type { CellPart, World } from './world.ts'

interface Batch {
  sales: { order: Order; shelf: Shelf; portion: OpenPortion }[]
  tasks: (() => void)[]
}

/** A cell: one primary with its processes of the API, which runs one batch at a time. What it knows of stock survives its failures. */
export class Cell implements CellPart {
  readonly index: number
  readonly shelves = new Map<number, Shelf>()
  up = true
  readonly #world: World
  #orders: Order[] = []
  #tasks: (() => void)[] = []
  #batch: Batch | undefined

  constructor(index: number, world: World) {
    this.index = index
    this.#world = world
  }

  shelf(product: number): Shelf {
    this.#world.touch(product)
    const shelf = this.shelves.get(product) ?? new Shelf()
    this.shelves.set(product, shelf)
    return shelf
  }

  /** A member of this cell orders. */
  arrive(order: Order): void {
    const shelf = this.shelf(order.product)
    shelf.countDemand(this.#world.events.now)
    if (!this.up || this.#orders.length >= MAX_QUEUE) this.#world.outcomes.unavailable(order)
    else if (shelf.soldOut) this.#world.outcomes.refused(order)
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

  retryWaiting(shelf: Shelf): void {
    this.#orders.unshift(...shelf.waiting)
    shelf.waiting.clear()
    this.#begin()
  }

  /** Loses what is in memory, and the batch in flight, unless it committed and only the replies are lost. */
  fail(): void {
    const batch = this.#batch
    this.#batch = undefined
    if (batch && this.#world.random.chance(0.5)) this.#settle(batch)
    else
      for (const { order, shelf, portion } of batch?.sales ?? []) {
        this.#world.touch(order.product)
        shelf.release(portion)
        this.#world.outcomes.unavailable(order)
      }
    this.up = false
    const lost = [...this.#orders, ...[...this.shelves.values()].flatMap(({ waiting }) => [...waiting])]
    for (const order of lost) this.#world.outcomes.unavailable(order)
    for (const { waiting } of this.shelves.values()) waiting.clear()
    this.#orders = []
    this.#tasks = []
  }

  recover(): void {
    this.up = true
    for (const [product, shelf] of this.shelves) {
      this.enqueue(() => this.#world.stock.closeExpired(this, product))
      if (shelf.request) this.#world.stock.sendRequest(this, product)
    }
  }

  #begin(): void {
    if (this.#batch || !this.up || this.#orders.length + this.#tasks.length === 0) return
    const batch: Batch = { sales: [], tasks: this.#tasks.splice(0, MAX_BATCH) }
    this.#batch = batch
    const shelves = new Set<number>()
    let taken = 0
    for (const order of this.#orders) {
      if (batch.tasks.length + batch.sales.length === MAX_BATCH) break
      taken++
      const sale = this.#decide(order)
      if (sale) batch.sales.push(sale)
      shelves.add(order.product)
    }
    this.#orders.splice(0, taken)
    const spread = Math.exp(BATCH_SPREAD * this.#world.normal())
    const durationMs = BATCH_MS * spread + ORDER_MS * (batch.tasks.length + batch.sales.length)
    batch.tasks.push(() => {
      for (const product of shelves) this.#world.stock.look(this, product)
    })
    this.#world.events.after(durationMs, () => {
      if (this.#batch !== batch) return
      this.#settle(batch)
      this.#batch = undefined
      this.#begin()
    })
  }

  #settle({ sales, tasks }: Batch): void {
    for (const { order, shelf } of sales) {
      this.#world.touch(order.product)
      shelf.held--
      this.#world.outcomes.placed(order)
    }
    for (const task of tasks) task()
  }

  /** Takes a unit for an order; or refuses it, or lets it wait for a portion. */
  #decide(order: Order): Batch['sales'][number] | undefined {
    const { events, outcomes, options } = this.#world
    const shelf = this.shelf(order.product)
    if (order.waitsUntil === undefined && events.now - order.at > MAX_QUEUE_MS) {
      outcomes.unavailable(order)
      return undefined
    }
    const portion = shelf.reserve()
    if (portion) return { order, shelf, portion }
    order.waitsUntil ??= this.#giveUpAfter(order, shelf, options.waitMs)
    if (shelf.soldOut || order.waitsUntil <= events.now) outcomes.refused(order)
    else shelf.waiting.add(order)
    return undefined
  }

  #giveUpAfter(order: Order, shelf: Shelf, waitMs: number): number {
    const { events, outcomes } = this.#world
    events.after(waitMs, () => {
      if (shelf.waiting.delete(order)) outcomes.refused(order)
    })
    return events.now + waitMs
  }
}
