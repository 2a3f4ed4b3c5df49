import type {
  CartItemInput,
  CheckoutInput,
  CreateProductsInput,
  ListProductsInput,
  MemberPageInput,
  MovePointsInput,
  OutboxPageInput,
  PayOrderInput,
  PlaceOrderInput,
  PopularProductsInput,
  ReconcileInput,
  RemoveCartItemInput,
  ReplayEventsInput,
  UpdateProductInput,
} from './inputs.ts'
import type { MemberInput, OrderIdInput, ProductIdInput } from './names.ts'
import type { Audit, OutboxEvent, Reconciliation } from './operations.ts'
import type {
  Cart,
  CreatedProducts,
  Order,
  Page,
  PointBalance,
  PointEntry,
  PopularProducts,
  Product,
} from './values.ts'

/**
 * How to make a call.
 * @example const options: CallOptions = { signal: AbortSignal.timeout(1_000) }
 */
export interface CallOptions {
  /** Cancels it: it fails with `ABORTED`. */
  signal?: AbortSignal | undefined
}

/**
 * A procedure that reads.
 * @example const read: Query<{ orderId: string }, Order> = jumun.order.byId
 */
export interface Query<Input, Output> {
  /** Calls it. Rejects with `JumunError`. */
  query(input: Input, options?: CallOptions): Promise<Output>
}

/**
 * A procedure that changes something.
 * @example const pay: Mutation<{ orderId: string }, Order> = jumun.payment.pay
 */
export interface Mutation<Input, Output> {
  /** Calls it. Rejects with `JumunError`. */
  mutate(input: Input, options?: CallOptions): Promise<Output>
}

/**
 * Every procedure of the API. Besides the errors that stand with each, any may fail with `BAD_REQUEST`, `UNAUTHENTICATED`,
 * `FORBIDDEN`, `TOO_MANY_REQUESTS`, `UNAVAILABLE`, `INTERNAL`, `UNREACHABLE` and `ABORTED`, and those that take an
 * `idempotencyKey` with `IDEMPOTENCY_KEY_REUSED`.
 * @example const pay = ({ payment }: Procedures, orderId: string) => payment.pay.mutate({ orderId })
 */
export interface Procedures {
  /** A member's points, in whole KRW. */
  point: PointProcedures
  /** What is for sale. */
  product: ProductProcedures
  /** Orders. */
  order: OrderProcedures
  /** Paying what was ordered for later. */
  payment: PaymentProcedures
  /** A member's cart. It reserves nothing. */
  cart: CartProcedures
  /** What sells best. */
  popular: PopularProcedures
  /** What keeps the shop right. For admins. */
  admin: AdminProcedures
  /** Events that the data platform has not taken. For admins. */
  outbox: OutboxProcedures
}

interface PointProcedures {
  /**
   * Charges points, in whole KRW. For admins, and for members where the shop allows it. Never twice.
   * Errors: `POINT_LIMIT_EXCEEDED`.
   * @example const { balance } = await jumun.point.charge.mutate({ memberId: 'mina', amount: 10_000 })
   */
  charge: Mutation<MovePointsInput, PointBalance>
  /**
   * Uses points, in whole KRW. Never twice, and never below zero.
   * Errors: `INSUFFICIENT_POINTS`.
   * @example await jumun.point.use.mutate({ memberId: 'mina', amount: 3_000 })
   */
  use: Mutation<MovePointsInput, PointBalance>
  /**
   * Reads a balance.
   * @example const { balance } = await jumun.point.balance.query({ memberId: 'mina' })
   */
  balance: Query<MemberInput, PointBalance>
  /**
   * Reads a page of the changes of a balance, newest first. `jumun.pointHistory` reads all pages.
   * @example const { items } = await jumun.point.history.query({ memberId: 'mina' })
   */
  history: Query<MemberPageInput, Page<PointEntry>>
}

interface ProductProcedures {
  /**
   * Reads a page of the products for sale, by id. Anyone may. `jumun.products` reads all pages.
   * @example const { items } = await jumun.product.list.query({ search: 'tea' })
   */
  list: Query<ListProductsInput, Page<Product>>
  /**
   * Reads a product with its stock as it is now. Anyone may.
   * Errors: `PRODUCT_NOT_FOUND`.
   * @example const { stock } = await jumun.product.byId.query({ productId: 1 })
   */
  byId: Query<ProductIdInput, Product>
  /**
   * Puts products up for sale, all of them or none. For admins. Repeated when its reply is lost only if each has a key.
   * @example const { ids } = await jumun.product.create.mutate({ items: [{ name: 'Tea', price: 12_900, stock: 100 }] })
   */
  create: Mutation<CreateProductsInput, CreatedProducts>
  /**
   * Changes name, price or stock; past orders keep theirs. For admins. Not repeated when its reply is lost.
   * Errors: `PRODUCT_NOT_FOUND`, `OUT_OF_STOCK` if more is taken away than there is.
   * @example await jumun.product.update.mutate({ productId: 1, stockDelta: 50 })
   */
  update: Mutation<UpdateProductInput, Product>
  /**
   * Takes a product off sale; past orders keep it. For admins. Not repeated when its reply is lost.
   * Errors: `PRODUCT_NOT_FOUND`.
   * @example await jumun.product.remove.mutate({ productId: 1 })
   */
  remove: Mutation<ProductIdInput, { /** Product id. */ id: number }>
}

interface OrderProcedures {
  /**
   * Places an order of 1 to 100 products, paid from the points at once or within 15 minutes. Never twice.
   * Errors: `PRODUCT_NOT_FOUND`, `OUT_OF_STOCK`, `INSUFFICIENT_POINTS`.
   * @example await jumun.order.place.mutate({ memberId: 'mina', items: [{ productId: 1, quantity: 2 }] })
   */
  place: Mutation<PlaceOrderInput, Order>
  /**
   * Cancels an order; a paid order's points and stock go back, once.
   * Errors: `ORDER_NOT_FOUND`, `ORDER_NOT_CANCELLABLE`, `POINT_LIMIT_EXCEEDED`.
   * @example await jumun.order.cancel.mutate({ orderId: order.id })
   */
  cancel: Mutation<OrderIdInput, Order>
  /**
   * Reads an order.
   * Errors: `ORDER_NOT_FOUND`.
   * @example const { status } = await jumun.order.byId.query({ orderId })
   */
  byId: Query<OrderIdInput, Order>
  /**
   * Reads a page of a member's orders, newest first. `jumun.orders` reads all pages.
   * @example const { items } = await jumun.order.list.query({ memberId: 'mina' })
   */
  list: Query<MemberPageInput, Page<Order>>
}

interface PaymentProcedures {
  /**
   * Pays an order that was placed with payment `later`. Never twice.
   * Errors: `ORDER_NOT_FOUND`, `ORDER_NOT_PAYABLE`, `INSUFFICIENT_POINTS`.
   * @example await jumun.payment.pay.mutate({ orderId: order.id })
   */
  pay: Mutation<PayOrderInput, Order>
}

interface CartProcedures {
  /**
   * Reads a cart, with prices and stock as they are now.
   * @example const { total } = await jumun.cart.get.query({ memberId: 'mina' })
   */
  get: Query<MemberInput, Cart>
  /**
   * Adds to what is in the cart. Not repeated when its reply is lost.
   * Errors: `PRODUCT_NOT_FOUND`.
   * @example await jumun.cart.addItem.mutate({ memberId: 'mina', productId: 1, quantity: 2 })
   */
  addItem: Mutation<CartItemInput, Cart>
  /**
   * Sets the quantity of a product, 1 to 1,000.
   * Errors: `PRODUCT_NOT_FOUND`.
   * @example await jumun.cart.setItem.mutate({ memberId: 'mina', productId: 1, quantity: 5 })
   */
  setItem: Mutation<CartItemInput, Cart>
  /**
   * Takes a product out.
   * @example await jumun.cart.removeItem.mutate({ memberId: 'mina', productId: 1 })
   */
  removeItem: Mutation<RemoveCartItemInput, Cart>
  /**
   * Takes everything out.
   * @example await jumun.cart.clear.mutate({ memberId: 'mina' })
   */
  clear: Mutation<MemberInput, Cart>
  /**
   * Orders and pays what is in the cart, and empties it. Never twice.
   * Errors: `CART_EMPTY`, `PRODUCT_NOT_FOUND`, `OUT_OF_STOCK`, `INSUFFICIENT_POINTS`.
   * @example await jumun.cart.checkout.mutate({ memberId: 'mina' })
   */
  checkout: Mutation<CheckoutInput, Order>
}

interface PopularProcedures {
  /**
   * Ranks the most sold products of the last days. Anyone may.
   * @example const { items } = await jumun.popular.products.query({ days: 7 })
   */
  products: Query<PopularProductsInput, PopularProducts>
}

interface AdminProcedures {
  /**
   * Checks every invariant in one snapshot, while the shop is open. For millions of
   * orders give the client a `timeoutMs` of 600,000.
   * @example const { holds, invariants } = await jumun.admin.audit.query({})
   */
  audit: Query<Record<string, never>, Audit>
  /**
   * Compares one stretch of the paid orders with the data platform, and sends it what it lacks. Goes on
   * at `nextCursor`.
   * Errors: `UNAVAILABLE` while the data platform is away.
   * @example const { differences } = await jumun.admin.reconcile.mutate({ dryRun: true })
   */
  reconcile: Mutation<ReconcileInput, Reconciliation>
}

interface OutboxProcedures {
  /**
   * Reads a page of dead letters, or of the events that wait, the oldest first.
   * @example const { items } = await jumun.outbox.list.query({ state: 'dead' })
   */
  list: Query<OutboxPageInput, Page<OutboxEvent>>
  /**
   * Sends dead letters again; other ids are left alone.
   * @example await jumun.outbox.replay.mutate({ ids: items.map(({ id }) => id) })
   */
  replay: Mutation<ReplayEventsInput, { /** How many. */ replayed: number }>
}
