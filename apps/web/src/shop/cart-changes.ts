import type { Cart, CartItem } from '@jumun/client'
import type { QueryClient } from '@tanstack/react-query'

/** When plus and minus were not clicked for this long, the last quantity is sent. */
const QUIET_MS = 300

/** The calls that change a cart. Each returns the cart after the change. */
export interface CartCalls {
  addItem(productId: number, quantity: number): Promise<Cart>
  setItem(productId: number, quantity: number): Promise<Cart>
  removeItem(productId: number): Promise<Cart>
}

/** A quantity that is sent unless another one replaces it in time. */
interface Waiting {
  quantity: number
  timer: ReturnType<typeof setTimeout> | undefined
  /** Ends the wait; with false, nothing is sent. */
  end: (isSent: boolean) => void
  sent: Promise<void>
}

/**
 * The changes of one member's cart. A cart reserves nothing, so each change is shown before the shop has answered (optimistic update).
 * Changes are sent one after another, and the cart is not read meanwhile, so that in the end the page shows the cart of the server.
 */
export class CartChanges {
  readonly #queries: QueryClient
  readonly #queryKey: readonly unknown[]
  readonly #calls: CartCalls
  readonly #waiting = new Map<number, Waiting>()
  readonly #open = new Set<Promise<unknown>>()
  #sending: Promise<unknown> = Promise.resolve()

  constructor(queries: QueryClient, queryKey: readonly unknown[], calls: CartCalls) {
    this.#queries = queries
    this.#queryKey = queryKey
    this.#calls = calls
  }

  /** Reads the cart after all open changes, because an earlier answer would not contain them. */
  async read(call: () => Promise<Cart>): Promise<Cart> {
    while (this.#open.size > 0) await Promise.allSettled(this.#open)
    return call()
  }

  /** Adds to what is there. */
  add(product: { id: number; name: string; price: number; stock: number }, quantity: number): Promise<void> {
    const { id: productId, name, price, stock } = product
    // The waiting quantity is sent first: sent later, it would undo this addition.
    this.#waiting.get(productId)?.end(true)
    return this.#change(
      (items) => {
        const there = items.find((item) => item.productId === productId)
        if (!there) return [...items, { productId, name, price, stock, quantity, amount: 0 }]
        return items.map((item) => (item === there ? { ...item, quantity: item.quantity + quantity } : item))
      },
      () => this.#calls.addItem(productId, quantity),
    )
  }

  /** Sets a quantity. Several changes in a row are sent as one. */
  set(productId: number, quantity: number): Promise<void> {
    const waiting = this.#waiting.get(productId) ?? this.#wait(productId)
    waiting.quantity = quantity
    clearTimeout(waiting.timer)
    waiting.timer = setTimeout(() => waiting.end(true), QUIET_MS)
    void this.#show((items) => items.map((item) => (item.productId === productId ? { ...item, quantity } : item)))
    return waiting.sent
  }

  /** Removes a product. A waiting quantity of it is discarded, because it would put the product back. */
  remove(productId: number): Promise<void> {
    this.#waiting.get(productId)?.end(false)
    return this.#change(
      (items) => items.filter((item) => item.productId !== productId),
      () => this.#calls.removeItem(productId),
    )
  }

  #wait(productId: number): Waiting {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const waiting: Waiting = { quantity: 0, timer: undefined, sent: Promise.resolve(), end: resolve }
    waiting.end = (isSent) => {
      clearTimeout(waiting.timer)
      this.#waiting.delete(productId)
      resolve(isSent)
    }
    waiting.sent = this.#track(
      promise.then((isSent) =>
        isSent ? this.#send(() => this.#calls.setItem(productId, waiting.quantity)) : undefined,
      ),
    )
    this.#waiting.set(productId, waiting)
    return waiting
  }

  #change(change: (items: CartItem[]) => CartItem[], call: () => Promise<Cart>): Promise<void> {
    const shown = this.#show(change)
    return this.#track(shown.then(() => this.#send(call)))
  }

  async #show(change: (items: CartItem[]) => CartItem[]): Promise<void> {
    // The answer of a read in flight would overwrite the change that is shown.
    await this.#queries.cancelQueries({ queryKey: this.#queryKey })
    this.#queries.setQueryData<Cart>(this.#queryKey, (cart) => cart && withItems(cart, change(cart.items)))
  }

  /** Sends a change; its answer is shown unless another change follows. Rejects as the call does, with the cart read again. */
  #send(call: () => Promise<Cart>): Promise<void> {
    const sent = this.#sending.then(call).then(
      (answer) => {
        if (this.#open.size === 1) this.#queries.setQueryData(this.#queryKey, answer)
      },
      (error: unknown) => {
        void this.#queries.invalidateQueries({ queryKey: this.#queryKey })
        throw error
      },
    )
    this.#sending = sent.catch(() => {})
    return sent
  }

  /** Keeps a change as open until it has ended. */
  #track(change: Promise<void>): Promise<void> {
    this.#open.add(change)
    const close = () => void this.#open.delete(change)
    change.then(close, close)
    return change
  }
}

function withItems(cart: Cart, items: CartItem[]): Cart {
  const counted = items.map((item) => ({ ...item, amount: item.price * item.quantity }))
  return { ...cart, items: counted, total: counted.reduce((sum, { amount }) => sum + amount, 0) }
}
