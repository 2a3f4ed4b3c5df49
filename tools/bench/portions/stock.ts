import { MAX_RECALLS, MAX_RETRY_MS, RETRY_MS } from './costs.ts'
import { Depot, type Portion, type PortionRequest, type Return } from './depot.ts'
import type { CellPart, World } from './world.ts'

/** The messages by which portions travel between a product's home and the cells. Each may be lost, late, or arrive twice. */
export class StockMessages {
  readonly depots: Depot[]
  transfers = 0
  readonly #world: World
  /** When each cell was asked for a product back, by product and cell: a portion that was split has a new id. */
  readonly #recalledAt = new Map<string, number>()
  #requests = 0

  constructor(world: World) {
    this.#world = world
    const { units, cells, leaseMs, policy, products } = world.options
    this.depots = Array.from({ length: products }, () => new Depot({ units, cells, leaseMs, policy }))
  }

  look(cell: CellPart, product: number): void {
    const { now } = this.#world.events
    const shelf = cell.shelf(product)
    shelf.closeEmpty()
    this.#sendReturns(cell, product)
    if (!shelf.isLow(now)) return
    const need = shelf.waiting.size
    if (shelf.request && (shelf.request.need > 0 || need === 0)) return
    shelf.request ??= { id: `${cell.index}/${++this.#requests}`, product, cell: cell.index, need, rate: 0 }
    this.sendRequest(cell, product)
  }

  sendRequest(cell: CellPart, product: number, retryMs = RETRY_MS): void {
    const shelf = cell.shelf(product)
    const { events } = this.#world
    if (!shelf.request || !cell.up) return
    const request = { ...shelf.request, need: shelf.waiting.size, rate: shelf.rate(events.now) }
    shelf.request = request
    this.#world.send(cell.index, this.#homeOf(product), (home) => home.enqueue(() => this.#answer(home, request)))
    events.after(retryMs, () => {
      if (shelf.request === request) this.sendRequest(cell, product, Math.min(MAX_RETRY_MS, 2 * retryMs))
    })
  }

  closeExpired(cell: CellPart, product: number): void {
    const { now } = this.#world.events
    for (const [id, { expiresAt }] of cell.shelf(product).open) if (expiresAt <= now) cell.shelf(product).close(id)
    this.#sendReturns(cell, product)
  }

  #homeOf(product: number): number {
    return product % this.#world.options.cells
  }

  #depot(product: number): Depot {
    this.#world.touch(product)
    return this.depots[product] as Depot
  }

  /** At home: a request has arrived. */
  #answer(home: CellPart, request: PortionRequest): void {
    const depot = this.#depot(request.product)
    const portion = depot.ask(request, this.#world.events.now)
    if (portion) this.#sendPortion(home, portion)
    else if (depot.soldOut)
      this.#world.send(home.index, request.cell, (cell) => this.#learnSoldOut(cell, request.product))
    else if (request.need > 0 && this.#world.options.recall) this.#recall(home, request)
  }

  /** Asks the cells with the largest portions for half of what they have left, each at most once in the time of a retry. */
  #recall(home: CellPart, request: PortionRequest): void {
    const { now } = this.#world.events
    const keyOf = ({ product, cell }: Portion) => `${product}/${cell}`
    const isDue = (portion: Portion) => {
      return portion.cell !== request.cell && (this.#recalledAt.get(keyOf(portion)) ?? -RETRY_MS) <= now - RETRY_MS
    }
    const due = [...this.#depot(request.product).granted.values()].filter(isDue)
    for (const portion of due.sort((a, b) => b.quantity - a.quantity).slice(0, MAX_RECALLS)) {
      const { id, cell: holder, product } = portion
      this.#recalledAt.set(keyOf(portion), now)
      this.#world.send(home.index, holder, (cell) =>
        cell.enqueue(() => {
          cell.shelf(product).split(id, cell.ordersOf(product))
          this.#sendReturns(cell, product)
        }),
      )
    }
  }

  #sendPortion(home: CellPart, portion: Portion): void {
    this.#world.send(home.index, portion.cell, (cell) => cell.enqueue(() => this.#receive(cell, portion)))
  }

  #receive(cell: CellPart, portion: Portion): void {
    const { events } = this.#world
    const shelf = cell.shelf(portion.product)
    if (!shelf.hasReceived(portion.id)) {
      this.transfers++
      events.after(Math.max(0, portion.expiresAt - events.now), () => {
        if (shelf.open.has(portion.id)) cell.enqueue(() => this.closeExpired(cell, portion.product))
      })
    }
    shelf.receive(portion)
    cell.retryWaiting(shelf)
  }

  /** Sends the ends of portions, unless a message is on its way: the next one leaves when it is answered, or is thought lost. */
  #sendReturns(cell: CellPart, product: number, retryMs = RETRY_MS): void {
    const shelf = cell.shelf(product)
    if (shelf.closed.size === 0 || shelf.returning || !cell.up) return
    const returns = [...shelf.closed.values()]
    shelf.returning = returns
    this.#world.send(cell.index, this.#homeOf(product), (home) =>
      home.enqueue(() => this.#acceptReturns(home, { cell: cell.index, product, returns })),
    )
    this.#world.events.after(retryMs, () => {
      if (shelf.returning !== returns) return
      shelf.returning = undefined
      this.#sendReturns(cell, product, Math.min(MAX_RETRY_MS, 2 * retryMs))
    })
  }

  #learnAccepted(cell: CellPart, product: number, returns: Return[]): void {
    const shelf = cell.shelf(product)
    for (const { id } of returns) shelf.closed.delete(id)
    if (shelf.returning === returns) shelf.returning = undefined
    this.#sendReturns(cell, product)
  }

  #acceptReturns(
    home: CellPart,
    { cell: holder, product, returns }: { cell: number; product: number; returns: Return[] },
  ) {
    const depot = this.#depot(product)
    for (const one of returns) {
      if (one.left > 0 && depot.granted.has(one.id)) this.transfers++
      depot.takeBack(one)
    }
    this.#world.send(home.index, holder, (cell) => this.#learnAccepted(cell, product, returns))
    for (const portion of depot.grantWaiting(this.#world.events.now)) this.#sendPortion(home, portion)
    if (!depot.soldOut) return
    for (let index = 0; index < this.#world.options.cells; index++) {
      this.#world.send(home.index, index, (cell) => this.#learnSoldOut(cell, product))
    }
  }

  #learnSoldOut(cell: CellPart, product: number): void {
    const shelf = cell.shelf(product)
    shelf.soldOut = true
    shelf.request = undefined
    for (const order of shelf.waiting) this.#world.outcomes.refused(order)
    shelf.waiting.clear()
  }
}
