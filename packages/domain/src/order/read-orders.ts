import type { ListOrdersInput, OrderView } from '@jumun/contract'
import { orderId as orderIdValue, type Page } from '@jumun/contract'
import type { EntityManager } from '@mikro-orm/postgresql'
import { DomainError } from '../errors.ts'
import { ofMemberBelow, readCursor, toPage } from '../page.ts'
import { Order } from './order.entity.ts'
import { OrderLine } from './order-line.entity.ts'
import { toOrderView } from './order-view.ts'

const ABOVE_EVERY_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

/** An order by its id. Throws `ORDER_NOT_FOUND`. */
export async function readOrder(em: EntityManager, orderId: string): Promise<OrderView> {
  const fork = em.fork()
  const order = await fork.findOne(Order, { id: orderId })
  if (!order) throw orderNotFound(orderId)
  const [view] = await withLines(fork, [order])
  return view as OrderView
}

/** A page of a member's orders, newest first. */
export async function listOrders(em: EntityManager, input: ListOrdersInput): Promise<Page<OrderView>> {
  const fork = em.fork()
  const before = readCursor(input.cursor, orderIdValue) ?? ABOVE_EVERY_ID
  const orders = await fork.find(Order, ofMemberBelow(input.memberId, before), {
    orderBy: { memberId: 'desc', id: 'desc' },
    limit: input.limit + 1,
  })
  const page = toPage(orders, input.limit, (order) => order.id)
  return { ...page, items: await withLines(fork, page.items) }
}

/** The error for an order that does not exist or that the caller may not see. */
export function orderNotFound(orderId: string): DomainError<'ORDER_NOT_FOUND'> {
  return new DomainError('ORDER_NOT_FOUND', `There is no order ${orderId}.`, { orderId })
}

/** Reads the lines of orders, by product id, and converts all to the form that callers see. */
export async function withLines(em: EntityManager, orders: Order[]): Promise<OrderView[]> {
  if (orders.length === 0) return []
  const lines = await em.find(
    OrderLine,
    { orderId: { $in: orders.map((order) => order.id) } },
    { orderBy: { productId: 'asc' } },
  )
  const byOrder = Map.groupBy(lines, (line) => line.orderId)
  return orders.map((order) => toOrderView(order, byOrder.get(order.id) ?? []))
}
