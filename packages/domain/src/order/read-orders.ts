import type { ListOrdersInput, OrderView } from '@jumun/contract'
import { MAX_ITEMS, MAX_PAGE_LINES, orderId as orderIdValue, type Page } from '@jumun/contract'
import type { EntityManager } from '@mikro-orm/postgresql'
import { DomainError } from '../errors.ts'
import { readCursor, toCursor, toPage } from '../page.ts'
import { selectOrders } from './select-orders.ts'

const ABOVE_EVERY_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

/** An order by its id. Throws `ORDER_NOT_FOUND`. */
export async function readOrder(em: EntityManager, orderId: string): Promise<OrderView> {
  const { orders } = await selectOrders(em.fork(), {
    orders: 'where id = ?',
    values: [orderId],
    sort: 'o.id',
    maxLines: MAX_ITEMS,
  })
  const [order] = orders
  if (!order) throw orderNotFound(orderId)
  return order.view
}

/** A page of a member's orders, newest first. It ends early where its orders would have more than 500 lines together. */
export async function listOrders(em: EntityManager, input: ListOrdersInput): Promise<Page<OrderView>> {
  const { memberId, limit } = input
  const before = readCursor(input.cursor, orderIdValue) ?? ABOVE_EVERY_ID
  const { orders, cut } = await selectOrders(em.fork(), {
    // The form of the condition makes PostgreSQL use the index on member and id, as in `ofMemberBelow`.
    orders: 'where member_id >= ? and (member_id, id) < (?, ?) order by member_id desc, id desc limit ?',
    values: [memberId, memberId, before, limit + 1],
    sort: 'o."memberId" desc, o.id desc',
    maxLines: MAX_PAGE_LINES,
  })
  const views = orders.map(({ view }) => view)
  const page = toPage(views, limit, (order) => order.id)
  return cut && page.nextCursor === null ? { ...page, nextCursor: toCursor(views.at(-1)?.id) } : page
}

/** The error for an order that does not exist or that the caller may not see. */
export function orderNotFound(orderId: string): DomainError<'ORDER_NOT_FOUND'> {
  return new DomainError('ORDER_NOT_FOUND', `There is no order ${orderId}.`, { orderId })
}
