import type { OrderItemInput, OrderView, PlaceOrderInput, Shortage } from '@jumun/contract'
import type { EntityManager } from '@mikro-orm/postgresql'
import { inTransaction } from '../database/transaction.ts'
import { DomainError } from '../errors.ts'
import type { NewChange } from '../feed/write-changes.ts'
import { idempotentCall, type Outcome } from '../idempotency/idempotency.ts'
import { balanceAfterDebit, insufficientPoints } from '../point/point-account.entity.ts'
import { productNotFound } from '../product/read-products.ts'
import { lockBatch, type OrderBatch, type OrderDraft, type Payment } from './order-batch.ts'
import { newOrderId } from './order-id.ts'
import { type OrderLineFacts, toPlacedView } from './order-view.ts'
import { addUnpaid, type UnpaidLimits } from './unpaid-orders.ts'
import { writeOrders } from './write-orders.ts'

/** How long an order with payment `later` holds its stock. */
const PAYMENT_WINDOW_MS = 15 * 60_000

const FIRST_VERSION = 1

/** A requested order, and who asks for it if that is not its member. */
export type OrderRequest = PlaceOrderInput & {
  actor?: string | undefined
  /** The W3C trace context of the call, which goes to the data platform with its event. */
  traceparent?: string | undefined
}

/** The result of one request of a batch: the order, new or stored under the same key, or the error that refused it. */
export type PlacedOrder = Outcome<OrderView> | DomainError

/**
 * Places orders in one transaction: locks the point accounts of all members by id, then the stock of all products by id,
 * and decides each request in turn. A refused request changes nothing and does not affect the others. Order, lines, stock,
 * ledger entry, idempotency record and changes commit together or not at all.
 *
 * @param unpaidLimits how much a member may hold with payment `later`; default: no limit
 * @returns one result for each request, in the same order. `PRODUCT_NOT_FOUND`, `OUT_OF_STOCK`, `PRICE_CHANGED`,
 * `INSUFFICIENT_POINTS`, `TOO_MANY_UNPAID_ORDERS` and `IDEMPOTENCY_KEY_REUSED` are results; anything thrown rolled back the whole batch
 */
export async function placeOrders(
  em: EntityManager,
  requests: OrderRequest[],
  unpaidLimits?: UnpaidLimits,
): Promise<PlacedOrder[]> {
  return inTransaction(em, (em) => placeInTransaction(em, requests, unpaidLimits))
}

/** `placeOrders` inside a larger transaction, which must not have locked or read any account or stock before. */
export async function placeInTransaction(
  em: EntityManager,
  requests: OrderRequest[],
  unpaidLimits?: UnpaidLimits,
): Promise<PlacedOrder[]> {
  const drafts = requests.map(toDraft)
  const batch = await lockBatch(em, drafts, unpaidLimits)
  const results = drafts.map((draft) => decide(batch, draft))
  await writeOrders(em, batch)
  return results
}

function toDraft({
  memberId,
  items,
  payment,
  expectedTotal,
  idempotencyKey,
  actor = memberId,
  traceparent,
}: OrderRequest): OrderDraft {
  const quantities = new Map<number, number>()
  for (const { productId, quantity } of items) {
    quantities.set(productId, (quantities.get(productId) ?? 0) + quantity)
  }
  const merged = [...quantities]
    .map(([productId, quantity]) => ({ productId, quantity }))
    .sort((a, b) => a.productId - b.productId)
  // Without an expected total the content is the same as before that field existed, so that stored keys still match.
  const content = expectedTotal === undefined ? [payment, merged] : [payment, merged, expectedTotal]
  const call = idempotentCall('order.place', memberId, idempotencyKey, content)
  return { memberId, actor, payment, items: merged, expectedTotal, call, traceparent }
}

function decide(batch: OrderBatch, draft: OrderDraft): PlacedOrder {
  try {
    const first = batch.keys.answerTo(draft.call)
    if (first) return { answer: first, replayed: true }
    const lines = toLines(batch, draft.items)
    const answer = apply(batch, draft, lines)
    batch.keys.add(draft.call, answer)
    return { answer, replayed: false }
  } catch (error) {
    if (error instanceof DomainError) return error
    throw error
  }
}

/** Throws unless every product is for sale and in stock. */
function toLines({ products, stocks }: OrderBatch, items: OrderItemInput[]): OrderLineFacts[] {
  const missing: number[] = []
  const shortages: Shortage[] = []
  const lines: OrderLineFacts[] = []
  for (const { productId, quantity } of items) {
    const product = products.get(productId)
    const available = stocks.get(productId)?.quantity ?? 0
    if (!product) missing.push(productId)
    else if (quantity > available) shortages.push({ productId, requested: quantity, available })
    else lines.push({ productId, name: product.name, unitPrice: product.price, quantity })
  }
  if (missing.length > 0) throw productNotFound(missing)
  if (shortages.length > 0) throw new DomainError('OUT_OF_STOCK', 'Some products are short of stock.', { shortages })
  return lines
}

/** Takes points or an unpaid place, and stock, in memory. Taking the first two is the last step that can throw. */
function apply(
  batch: OrderBatch,
  { memberId, actor, payment, expectedTotal, traceparent }: OrderDraft,
  lines: OrderLineFacts[],
): OrderView {
  const { now } = batch
  const total = lines.reduce((sum, line) => sum + line.unitPrice * line.quantity, 0)
  if (expectedTotal !== undefined && expectedTotal !== total) throw priceChanged(expectedTotal, total)
  const paid = payment === 'now'
  const order = toPlacedView(
    {
      id: newOrderId(now, batch.orders.length),
      memberId,
      total,
      createdAt: now,
      expiresAt: paid ? null : new Date(now.getTime() + PAYMENT_WINDOW_MS),
    },
    lines,
  )
  const paying = paid ? payFromPoints(batch, order) : undefined
  if (!paid) holdUnpaid(batch, order)
  for (const { productId, quantity } of lines) {
    const stock = batch.stocks.get(productId)
    if (stock) stock.quantity -= quantity
  }
  batch.orders.push(order)
  const state = { actor, data: { order, version: FIRST_VERSION } }
  batch.changes.push({ type: 'order.placed', ...state })
  if (paying) {
    const paid: NewChange = { type: 'order.paid', ...state }
    if (traceparent !== undefined) paid.traceparent = traceparent
    batch.changes.push(paid, paymentChange(actor, paying))
  }
  return order
}

function priceChanged(expectedTotal: number, total: number): DomainError<'PRICE_CHANGED'> {
  return new DomainError('PRICE_CHANGED', `The total is ${total}, not ${expectedTotal}.`, { expectedTotal, total })
}

function holdUnpaid({ unpaid, unpaidLimits }: OrderBatch, { memberId, items }: OrderView): void {
  if (!unpaidLimits) return
  const held = unpaid.get(memberId) ?? { orders: 0, units: 0 }
  const units = items.reduce((sum, { quantity }) => sum + quantity, 0)
  addUnpaid(held, units, unpaidLimits)
  unpaid.set(memberId, held)
}

function payFromPoints({ accounts, payments }: OrderBatch, order: OrderView): Payment {
  const { id: orderId, memberId, total } = order
  const account = accounts.get(memberId)
  if (!account) throw insufficientPoints(0, total)
  account.balance = balanceAfterDebit(account.balance, total)
  const payment = { memberId, orderId, total, balanceAfter: account.balance }
  payments.push(payment)
  return payment
}

function paymentChange(actor: string, { memberId, orderId, total, balanceAfter }: Payment): NewChange {
  const data = { memberId, kind: 'PAYMENT', amount: -total, balance: balanceAfter, orderId } as const
  return { type: 'points.changed', actor, data }
}
