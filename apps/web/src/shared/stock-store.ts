/** A busy product changes a hundred times a second. People can read about four values a second, so no more are shown. */
const SHOW_INTERVAL_MS = 250

/** The newest stock of products, from the feed and from replies of the server. */
export class StockStore {
  readonly #shown = new Map<number, number>()
  readonly #changed = new Map<number, number>()
  readonly #listeners = new Map<number, Set<() => void>>()
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Counts the changes from the feed, so that a read can tell which of them came while it was in flight. */
  #heard = 0
  readonly #heardOf = new Map<number, number>()
  #resync = 0

  /** Takes a change from the feed. */
  hear(productId: number, quantity: number): void {
    this.#heardOf.set(productId, ++this.#heard)
    this.#changed.set(productId, quantity)
    this.#timer ??= setTimeout(() => this.#show(), SHOW_INTERVAL_MS)
  }

  /** Forgets everything, because changes may have been missed. Reads from now on are newer. */
  forget(): void {
    this.#resync = ++this.#heard
    this.#heardOf.clear()
    this.#changed.clear()
    const known = [...this.#shown.keys()]
    this.#shown.clear()
    for (const id of known) this.#tell(id)
  }

  /**
   * Call it when a read begins. Returns a function that takes the reply. The reply replaces what the feed said before the read began, but
   * not what it said during the read, which may be newer.
   */
  reader(): (products: Iterable<{ id: number; stock: number }>) => void {
    const begin = this.#heard
    return (products) => {
      if (this.#resync > begin) return
      for (const { id, stock } of products) {
        if ((this.#heardOf.get(id) ?? 0) > begin) continue
        this.#changed.delete(id)
        this.#shown.set(id, stock)
        this.#tell(id)
      }
    }
  }

  /** The stock to show of a product; undefined: show the stock that was read last. */
  get(productId: number): number | undefined {
    return this.#shown.get(productId)
  }

  /** Calls the listener after each change of the shown stock. Returns a function that ends the calls. */
  subscribe(productId: number, listener: () => void): () => void {
    const of = this.#listeners.get(productId) ?? new Set()
    this.#listeners.set(productId, of.add(listener))
    return () => {
      of.delete(listener)
      if (of.size === 0 && this.#listeners.get(productId) === of) this.#listeners.delete(productId)
    }
  }

  #show(): void {
    this.#timer = undefined
    for (const [productId, quantity] of this.#changed) {
      if (this.#shown.get(productId) === quantity) continue
      this.#shown.set(productId, quantity)
      this.#tell(productId)
    }
    this.#changed.clear()
  }

  #tell(productId: number): void {
    for (const listener of this.#listeners.get(productId) ?? []) listener()
  }
}
