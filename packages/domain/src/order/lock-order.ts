import type { StockReason } from '@jumun/contract'
import { type EntityManager, LockMode } from '@mikro-orm/postgresql'
import { runStatement } from '../database/statement.ts'
import { type NewChange, stockChanged } from '../feed/write-changes.ts'
import { changeBalance, type EntryFacts } from '../point/move-points.ts'
import { PointAccount } from '../point/point-account.entity.ts'
import { Order } from './order.entity.ts'
import { OrderLine } from './order-line.entity.ts'
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

/**
 * Returns the stock of ended orders, after locking the stock rows by product id.
 *
 * @returns the changes of the stock
 */
export async function returnStock(
  em: EntityManager,
  lines: Pick<OrderLine, 'productId' | 'quantity'>[],
  { reason, actor }: { reason: StockReason; actor: string | null },
): Promise<NewChange[]> {
  const quantities = new Map<number, number>()
  for (const { productId, quantity } of lines) quantities.set(productId, (quantities.get(productId) ?? 0) + quantity)
  const productIds = [...quantities.keys()]
  await runStatement(
    em,
    'select product_id from product_stock where product_id = any($1::int[]) order by product_id for update',
    [productIds],
  )
  const stocks = await runStatement<{ productId: number; quantity: number }>(
    em,
    `update product_stock set quantity = product_stock.quantity + returned.quantity
       from unnest($1::int[], $2::int8[]) as returned (product_id, quantity)
      where product_stock.product_id = returned.product_id and product_stock.product_id = any($1::int[])
      returning product_stock.product_id as "productId", product_stock.quantity::float8 as quantity`,
    [productIds, [...quantities.values()]],
  )
  return stocks.map(({ productId, quantity }) => stockChanged(productId, quantity, reason, actor))
}

/**
 * Pays or refunds a changed order: moves its total in points, and writes the order.
 *
 * @returns the change of the points
 */
export async function moveOrderPoints(
  em: EntityManager,
  { account, order }: { account: PointAccount; order: Order },
  entry: Omit<EntryFacts, 'amount' | 'orderId'>,
): Promise<NewChange> {
  return changeBalance(em, account, { ...entry, amount: order.total, orderId: order.id })
}
