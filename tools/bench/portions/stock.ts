import { MAX_RECALLS, MAX_RETRY_MS, RETRY_MS } from './costs.ts'
import { Depot, type Portion, type PortionRequest, type Return } from './depot.ts'
import type { CellPart, World } from './world.ts'

/** The messages that move portions between a product's home and the cells. Each may be lost, late, or arrive twice. */
export class StockMessages {
  readonly depots: Depot[]
  transfers = 0
  readonly #world: World
  /** When each cell was last asked to give a product back. By product and cell, because a portion that was split has a new id. */
  readonly #recalledAt = new Map<string, number>()
  #requests = 0

  constructor(world: World) {
    this.#world = world
    const { units, cells, leaseMs, policy, products } = world.options
    this.depots = Array.from({ length: products }, () => new Depot({ units, cells, leaseMs, policy }))
  }

  look(cell: CellPart, product: number): void {
    const { now } = this.#world.events
    const portions = cell.portionsOf(product)
    portions.closeEmpty()
    this.#sendReturns(cell, product)
    if (!portions.isLow(now)) return
    const need = portions.waiting.size
    if (portions.request && (portions.request.need > 0 || need === 0)) return
    portions.request ??= { id: `${cell.index}/${++this.#requests}`, product, cell: cell.index, need, rate: 0 }
    this.sendRequest(cell, product)
  }

  sendRequest(cell: CellPart, product: number, retryMs = RETRY_MS): void {
    const portions = cell.portionsOf(product)
    const { events } = this.#world
    if (!portions.request || !cell.up) return
    const request = { ...portions.request, need: portions.waiting.size, rate: portions.rate(events.now) }
    portions.request = request
    this.#world.send(cell.index, this.#homeOf(product), (home) => home.enqueue(() => this.#answer(home, request)))
    events.after(retryMs, () => {
      if (portions.request === request) this.sendRequest(cell, product, Math.min(MAX_RETRY_MS, 2 * retryMs))
    })
  }

  closeExpired(cell: CellPart, product: number): void {
    const { now } = this.#world.events
    for (const [id, { expiresAt }] of cell.portionsOf(product).open)
      if (expiresAt <= now) cell.portionsOf(product).close(id)
    this.#sendReturns(cell, product)
  }

  #homeOf(product: number): number {
    return product % this.#world.options.cells
  }

  #depot(product: number): Depot {
    this.#world.touch(product)
    return this.depots[product] as Depot
  }

  /** Answers a request that has arrived at the home. */
  #answer(home: CellPart, request: PortionRequest): void {
    const depot = this.#depot(request.product)
    const portion = depot.ask(request, this.#world.events.now)
    if (portion) this.#sendPortion(home, portion)
    else if (depot.soldOut)
      this.#world.send(home.index, request.cell, (cell) => this.#learnSoldOut(cell, request.product))
    else if (request.need > 0 && this.#world.options.recall) this.#recall(home, request)
  }

  /** Asks the cells with the largest portions for half of what they have left. Asks each cell at most once in the time of a retry. */
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
          cell.portionsOf(product).split(id, cell.ordersOf(product))
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
    const portions = cell.portionsOf(portion.product)
    if (!portions.hasReceived(portion.id)) {
      this.transfers++
      events.after(Math.max(0, portion.expiresAt - events.now), () => {
        if (portions.open.has(portion.id)) cell.enqueue(() => this.closeExpired(cell, portion.product))
      })
    }
    portions.receive(portion)
    cell.retryWaiting(portions)
  }

  /** Sends the ends of portions, one message at a time: the next one leaves when the last one is answered or counts as lost. */
  #sendReturns(cell: CellPart, product: number, retryMs = RETRY_MS): void {
    const portions = cell.portionsOf(product)
    if (portions.closed.size === 0 || portions.returning || !cell.up) return
    const returns = [...portions.closed.values()]
    portions.returning = returns
    this.#world.send(cell.index, this.#homeOf(product), (home) =>
      home.enqueue(() => this.#acceptReturns(home, { cell: cell.index, product, returns })),
    )
    this.#world.events.after(retryMs, () => {
      if (portions.returning !== returns) return
      portions.returning = undefined
      this.#sendReturns(cell, product, Math.min(MAX_RETRY_MS, 2 * retryMs))
    })
  }

  #learnAccepted(cell: CellPart, product: number, returns: Return[]): void {
    const portions = cell.portionsOf(product)
    for (const { id } of returns) portions.closed.delete(id)
    if (portions.returning === returns) portions.returning = undefined
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
    const portions = cell.portionsOf(product)
    portions.soldOut = true
    portions.request = undefined
    for (const order of portions.waiting) this.#world.outcomes.refused(order)
    portions.waiting.clear()
  }
}
