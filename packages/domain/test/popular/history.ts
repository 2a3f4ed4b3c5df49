import type { Shop } from '@jumun/test-kit/domain-shop'
import type { EntityManager } from '@mikro-orm/postgresql'
import { inTransaction } from '../../src/database/transaction.ts'

/** A member with points and products with stock, as `past` orders need them so that they can be cancelled. */
export interface History {
  memberId: string
  productIds: number[]
}

/** Opens a member's account and puts products up for sale, the later ones less wanted. */
export async function beginHistory(shop: Shop, products: number): Promise<History> {
  const memberId = await shop.member(1_000_000_000)
  const productIds: number[] = []
  for (let number = 1; number <= products; number++)
    productIds.push(await shop.product({ name: `Tea ${number}`, price: number, stock: 1_000_000 }))
  return { memberId, productIds }
}

/**
 * Writes paid orders of one or two lines with these times, as if they had been placed then: a past that no use case can
 * make. Their stock has been taken; points need not fit.
 */
export async function writePast(em: EntityManager, { memberId, productIds }: History, times: number[]): Promise<void> {
  await inTransaction(em, async (em) => {
    await em.execute(
      `with drawn as materialized (
        select gen_random_uuid() as id, time::timestamptz as paid_at, power(?, random())::int as product
        from json_array_elements_text(?::json) time
      ), placed as (
        insert into "order" (id, member_id, status, total, version, created_at, paid_at)
        select id, ?, 'PAID', 1, 1, paid_at, paid_at from drawn returning id
      ), lines as (
        insert into order_line (order_id, product_id, name, unit_price, quantity)
        select id, product_id, 'Tea', 1, 1 + floor(random() * 3) from drawn join placed using (id)
        cross join lateral (select distinct (product + extra) % ? + ? as product_id from generate_series(0, 1) extra) p
        returning product_id, quantity
      )
      update product_stock set quantity = product_stock.quantity - sold.quantity
      from (select product_id, sum(quantity) as quantity from lines group by 1) sold
      where sold.product_id = product_stock.product_id`,
      [
        productIds.length - 1,
        JSON.stringify(times.map((time) => new Date(time))),
        memberId,
        productIds.length,
        productIds[0] ?? 1,
      ],
    )
  })
}
