import type { OrderView } from '@jumun/contract'
import { type EntityManager, LockMode } from '@mikro-orm/postgresql'
import { runStatement } from '../database/statement.ts'
import { addToOutbox, type Outbox } from '../delivery/outbox.ts'
import { buildEvent } from '../delivery/outgoing-event.ts'
import { changeBalance } from '../point/move-points.ts'
import { PointAccount } from '../point/point-account.entity.ts'
import type { PointEntry } from '../point/point-entry.entity.ts'
import { Order } from './order.entity.ts'
import { OrderLine } from './order-line.entity.ts'
import { toOrderView } from './order-view.ts'
import { orderNotFound } from './read-orders.ts'

/** A locked order: no other transaction can pay, cancel or expire it. */
export interface LockedOrder {
  account: PointAccount | null
  order: Order
  lines: OrderLine[]
}

/**
 * Locks an order after its member's point account. The lock order is always accounts, orders, stock, which prevents deadlocks.
 * Throws `ORDER_NOT_FOUND`, also for an order that the caller may not touch.
 */
export async function lockOrder(
  em: EntityManager,
  orderId: string,
  mayAccess: (memberId: string) => boolean,
): Promise<LockedOrder> {
  const lockMode = LockMode.PESSIMISTIC_WRITE
  const owner = await em.findOne(Order, { id: orderId }, { fields: ['memberId'], disableIdentityMap: true })
  if (!owner || !mayAccess(owner.memberId)) throw orderNotFound(orderId)
  const account = await em.findOne(PointAccount, { memberId: owner.memberId }, { lockMode })
  const order = await em.findOneOrFail(Order, { id: orderId }, { lockMode })
  const lines = await em.find(OrderLine, { orderId }, { orderBy: { productId: 'asc' } })
  return { account, order, lines }
}

/** Returns the stock of ended orders, after locking the stock rows by product id. */
export async function returnStock(em: EntityManager, lines: Pick<OrderLine, 'productId' | 'quantity'>[]) {
  const quantities = new Map<number, number>()
  for (const { productId, quantity } of lines) quantities.set(productId, (quantities.get(productId) ?? 0) + quantity)
  const productIds = [...quantities.keys()]
  await runStatement(
    em,
    'select product_id from product_stock where product_id = any($1::int[]) order by product_id for update',
    [productIds],
  )
  await runStatement(
    em,
    `update product_stock set quantity = product_stock.quantity + returned.quantity
       from unnest($1::int[], $2::int8[]) as returned (product_id, quantity)
      where product_stock.product_id = returned.product_id`,
    [productIds, [...quantities.values()]],
  )
}

/** Pays or refunds a changed order: moves its total in points, writes the order, and adds its event to the outbox. */
export async function moveOrderPoints(
  em: EntityManager,
  outbox: Outbox,
  { account, order, lines }: LockedOrder & { account: PointAccount },
  entry: Pick<PointEntry, 'kind' | 'createdAt'>,
): Promise<OrderView> {
  await changeBalance(em, account, { ...entry, amount: order.total, orderId: order.id })
  const view = toOrderView(order, lines)
  await addToOutbox(em, outbox, [buildEvent(view, order.version)])
  return view
}
