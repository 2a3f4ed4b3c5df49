/** The result of a call: its answer and whether it is a replay, or its error with code and details. */
export type ModelOutcome = { answer: unknown; replayed: boolean } | { code: string; [detail: string]: unknown }

/** An order in the model; its id is that of the real order. */
export interface ModelOrder {
  id: string
  memberId: string
  status: 'PENDING_PAYMENT' | 'PAID' | 'CANCELLED' | 'EXPIRED'
  items: { productId: number; quantity: number; unitPrice: number }[]
  total: number
}

interface ModelProduct {
  price: number
  stock: number
  isForSale: boolean
}

interface Item {
  productId: number
  quantity: number
}

/** A model of the shop: one call after the other, everything in memory. */
export class ModelShop {
  readonly balances = new Map<string, number>()
  readonly products = new Map<number, ModelProduct>()
  readonly orders: ModelOrder[] = []
  readonly carts = new Map<string, Map<number, number>>()
  readonly #answers = new Map<string, { request: string; answer: unknown }>()

  charge(memberId: string, amount: number, key?: string): ModelOutcome {
    return this.#once(memberId, key, ['charge', amount], () => this.#movePoints(memberId, amount))
  }

  use(memberId: string, amount: number, key?: string): ModelOutcome {
    return this.#once(memberId, key, ['use', amount], () => this.#movePoints(memberId, -amount))
  }

  place(memberId: string, items: Item[], payment: 'now' | 'later', key?: string): ModelOutcome {
    const merged = mergeItems(items)
    return this.#once(memberId, key, ['place', payment, merged], () => this.#placeMerged(memberId, merged, payment))
  }

  pay(order: ModelOrder, key?: string): ModelOutcome {
    return this.#once(order.memberId, key, ['pay', order.id], () => {
      if (order.status !== 'PENDING_PAYMENT') {
        return { code: 'ORDER_NOT_PAYABLE', orderId: order.id, orderStatus: order.status }
      }
      const paid = this.#movePoints(order.memberId, -order.total)
      if ('code' in paid) return paid
      order.status = 'PAID'
      return fresh({ ...order })
    })
  }

  cancel(order: ModelOrder, key?: string): ModelOutcome {
    return this.#once(order.memberId, key, ['cancel', order.id], () => {
      if (order.status === 'CANCELLED' || order.status === 'EXPIRED') {
        return { code: 'ORDER_NOT_CANCELLABLE', orderId: order.id, orderStatus: order.status }
      }
      if (order.status === 'PAID') this.#movePoints(order.memberId, order.total)
      this.#end(order, 'CANCELLED')
      return fresh({ ...order })
    })
  }

  /** Expires an unpaid order. */
  expire(order: ModelOrder): void {
    if (order.status === 'PENDING_PAYMENT') this.#end(order, 'EXPIRED')
  }

  restock(actor: string, productId: number, delta: number, key?: string): ModelOutcome {
    return this.#once(actor, key, ['restock', productId, delta], () => {
      const product = this.#forSale(productId)
      if (!product) return notFound([productId])
      if (product.stock + delta < 0) return outOfStock([{ productId, requested: -delta, available: product.stock }])
      product.stock += delta
      return fresh(product.stock)
    })
  }

  reprice(productId: number, price: number): ModelOutcome {
    const product = this.#forSale(productId)
    if (!product) return notFound([productId])
    product.price = price
    return fresh(product.stock)
  }

  remove(productId: number): ModelOutcome {
    const product = this.#forSale(productId)
    if (!product) return notFound([productId])
    product.isForSale = false
    return fresh(undefined)
  }

  addToCart(memberId: string, productId: number, quantity: number, key?: string): ModelOutcome {
    const add = () => this.putInCart(memberId, productId, (before) => before + quantity)
    return this.#once(memberId, key, ['add', productId, quantity], add)
  }

  putInCart(memberId: string, productId: number, change: (before: number) => number): ModelOutcome {
    if (!this.#forSale(productId)) return notFound([productId])
    const cart = this.carts.get(memberId) ?? new Map<number, number>()
    const quantity = change(cart.get(productId) ?? 0)
    if (quantity > 1_000) return { code: 'BAD_REQUEST' }
    this.carts.set(memberId, cart.set(productId, quantity))
    return fresh(this.cartOf(memberId))
  }

  removeFromCart(memberId: string, productId: number): ModelOutcome {
    this.carts.get(memberId)?.delete(productId)
    return fresh(this.cartOf(memberId))
  }

  /** The items that a cart shows, in the order in which they were added. */
  cartOf(memberId: string): Item[] {
    const items = [...(this.carts.get(memberId) ?? [])].map(([productId, quantity]) => ({ productId, quantity }))
    return items.filter((item) => this.#forSale(item.productId))
  }

  checkout(memberId: string, key?: string): ModelOutcome {
    return this.#once(memberId, key, ['checkout'], () => {
      const items = this.cartOf(memberId)
      if (items.length === 0) return { code: 'CART_EMPTY' }
      const placed = this.#placeMerged(memberId, mergeItems(items), 'now')
      if (!('code' in placed)) for (const { productId } of items) this.carts.get(memberId)?.delete(productId)
      return placed
    })
  }

  /** Runs an effect once per key and stores its answer; an error is not stored. */
  #once(memberId: string, key: string | undefined, request: unknown, effect: () => ModelOutcome): ModelOutcome {
    const name = `${memberId} ${key}`
    const first = key === undefined ? undefined : this.#answers.get(name)
    if (first && first.request !== JSON.stringify(request)) return { code: 'IDEMPOTENCY_KEY_REUSED' }
    if (first) return { answer: first.answer, replayed: true }
    const outcome = effect()
    if (key !== undefined && !('code' in outcome)) {
      this.#answers.set(name, { request: JSON.stringify(request), answer: outcome['answer'] })
    }
    return outcome
  }

  #movePoints(memberId: string, change: number): ModelOutcome {
    const balance = this.balances.get(memberId) ?? 0
    if (balance + change < 0) return { code: 'INSUFFICIENT_POINTS', balance, required: -change }
    this.balances.set(memberId, balance + change)
    return fresh(balance + change)
  }

  #placeMerged(memberId: string, items: Item[], payment: 'now' | 'later'): ModelOutcome {
    const missing = items.filter(({ productId }) => !this.#forSale(productId))
    if (missing.length > 0) return notFound(missing.map(({ productId }) => productId))
    const lines = items.map((item) => {
      const { price, stock } = this.#forSale(item.productId) ?? { price: 0, stock: 0 }
      return { ...item, unitPrice: price, available: stock }
    })
    const short = lines.filter((line) => line.quantity > line.available)
    if (short.length > 0) {
      return outOfStock(
        short.map(({ productId, quantity: requested, available }) => ({ productId, requested, available })),
      )
    }
    const total = lines.reduce((sum, line) => sum + line.quantity * line.unitPrice, 0)
    if (payment === 'now') {
      const paid = this.#movePoints(memberId, -total)
      if ('code' in paid) return paid
    }
    for (const { productId, quantity } of items) this.#moveStock(productId, -quantity)
    const ordered = lines.map(({ productId, quantity, unitPrice }) => ({ productId, quantity, unitPrice }))
    const status = payment === 'now' ? ('PAID' as const) : ('PENDING_PAYMENT' as const)
    const order = { id: '', memberId, status, items: ordered, total }
    this.orders.push(order)
    return fresh({ ...order })
  }

  #end(order: ModelOrder, status: 'CANCELLED' | 'EXPIRED'): void {
    order.status = status
    for (const { productId, quantity } of order.items) this.#moveStock(productId, quantity)
  }

  #moveStock(productId: number, change: number): void {
    const product = this.products.get(productId)
    if (product) product.stock += change
  }

  #forSale(productId: number): ModelProduct | undefined {
    const product = this.products.get(productId)
    return product?.isForSale ? product : undefined
  }
}

function fresh(answer: unknown): ModelOutcome {
  return { answer, replayed: false }
}

function notFound(productIds: number[]): ModelOutcome {
  return { code: 'PRODUCT_NOT_FOUND', productIds }
}

function outOfStock(shortages: unknown[]): ModelOutcome {
  return { code: 'OUT_OF_STOCK', shortages }
}

function mergeItems(items: Item[]): Item[] {
  const sums = new Map<number, number>()
  for (const { productId, quantity } of items) sums.set(productId, (sums.get(productId) ?? 0) + quantity)
  return [...sums].map(([productId, quantity]) => ({ productId, quantity })).sort((a, b) => a.productId - b.productId)
}
