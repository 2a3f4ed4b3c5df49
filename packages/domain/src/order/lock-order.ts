import { type EntityManager, LockMode } from '@mikro-orm/postgresql'
import { PointAccount } from '../point/point-account.entity.ts'
import { ProductStock } from '../product/product-stock.entity.ts'
import { Order } from './order.entity.ts'
import { OrderLine } from './order-line.entity.ts'
import { orderNotFound } from './read-orders.ts'

/** An order whose fate is being decided: nobody else can pay, cancel or expire it meanwhile. */
export interface LockedOrder {
  account: PointAccount | null
  order: Order
  lines: OrderLine[]
}

/**
 * Locks an order after its member's point account: accounts come before orders, and orders before stock, everywhere.
 * Throws `ORDER_NOT_FOUND`, also for an order that the caller may not touch.
 */
export async function lockOrder(
  em: EntityManager,
  orderId: string,
  mayTouch: (memberId: string) => boolean,
): Promise<LockedOrder> {
  const lockMode = LockMode.PESSIMISTIC_WRITE
  const owner = await em.findOne(Order, { id: orderId }, { fields: ['memberId'], disableIdentityMap: true })
  if (!owner || !mayTouch(owner.memberId)) throw orderNotFound(orderId)
  const account = await em.findOne(PointAccount, { memberId: owner.memberId }, { lockMode })
  const order = await em.findOneOrFail(Order, { id: orderId }, { lockMode })
  const lines = await em.find(OrderLine, { orderId }, { orderBy: { productId: 'asc' } })
  return { account, order, lines }
}

/** Gives the stock of orders that ended back, product by product in the order of their ids. */
export async function giveStockBack(em: EntityManager, lines: Pick<OrderLine, 'productId' | 'quantity'>[]) {
  const stocks = await em.find(
    ProductStock,
    { productId: lines.map((line) => line.productId) },
    { lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { productId: 'asc' } },
  )
  const byProduct = new Map(stocks.map((stock) => [stock.productId, stock]))
  for (const { productId, quantity } of lines) byProduct.get(productId)?.giveBack(quantity)
}
