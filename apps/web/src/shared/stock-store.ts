/** A busy product changes a hundred times a second: four of these are shown, which is what people can read. */
const SHOW_INTERVAL_MS = 250

/** The stock of products as the feed and replies of the server tell it. */
export class StockStore {
  readonly #shown = new Map<number, number>()
  readonly #changed = new Map<number, number>()
  readonly #listeners = new Map<number, Set<() => void>>()
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Counts what the feed says, so that one can tell what it said while something was being read. */
  #heard = 0
  readonly #heardOf = new Map<number, number>()
  #resync = 0

  /** Takes what the feed says. */
  hear(productId: number, quantity: number): void {
    this.#heardOf.set(productId, ++this.#heard)
    this.#changed.set(productId, quantity)
    this.#timer ??= setTimeout(() => this.#show(), SHOW_INTERVAL_MS)
  }

  /** Forgets everything, because changes may have been missed: what is read from now on is newer. */
  forget(): void {
    this.#resync = ++this.#heard
    this.#heardOf.clear()
    this.#changed.clear()
    const known = [...this.#shown.keys()]
    this.#shown.clear()
    for (const id of known) this.#tell(id)
  }

  /**
   * To be called when a read begins. Returns what takes its reply, which is newer than what the feed said before; but not than what it
   * said meanwhile: a reply may be late.
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

  /** What is shown of a product; undefined: what was read last. */
  get(productId: number): number | undefined {
    return this.#shown.get(productId)
  }

  /** Calls the listener after each change of what is shown. Returns what ends that. */
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
