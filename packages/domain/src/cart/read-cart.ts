import type { CartItemView, CartView } from '@jumun/contract'
import type { EntityManager } from '@mikro-orm/postgresql'

/** A member's cart, sorted by when each item was added, without removed products. */
export async function readCart(em: EntityManager, memberId: string): Promise<CartView> {
  const rows = await em.execute<Omit<CartItemView, 'amount'>[]>(
    `select i.product_id as "productId", p.name, p.price, s.quantity::float8 as stock, i.quantity
       from cart_item i
       join product p on p.id = i.product_id
       join product_stock s on s.product_id = i.product_id
      where i.member_id = ? and p.removed_at is null
      order by i.added_at, i.product_id`,
    [memberId],
  )
  const items = rows.map((row) => ({ ...row, amount: row.price * row.quantity }))
  return { memberId, items, total: items.reduce((sum, item) => sum + item.amount, 0) }
}
