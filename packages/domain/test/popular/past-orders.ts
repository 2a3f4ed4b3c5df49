import type { Shop } from '@jumun/test-kit/domain-shop'
import type { EntityManager } from '@mikro-orm/postgresql'
import { inTransaction } from '../../src/database/transaction.ts'

/** A member with points and products with stock: what orders need to be placed and cancelled. */
export interface Catalog {
  memberId: string
  productIds: number[]
}

/** Creates a member and products. */
export async function createCatalog(shop: Shop, products: number): Promise<Catalog> {
  const memberId = await shop.member(1_000_000_000)
  const productIds: number[] = []
  for (let number = 1; number <= products; number++)
    productIds.push(await shop.product({ name: `Tea ${number}`, price: number, stock: 1_000_000 }))
  return { memberId, productIds }
}

/**
 * Inserts paid orders of one or two random lines with times in the past, which no use case can do. The first products sell
 * most. Stock is deducted, points are not.
 *
 * @param times the time of payment of each order, in milliseconds since 1970
 */
export async function insertPastOrders(
  em: EntityManager,
  { memberId, productIds }: Catalog,
  times: number[],
): Promise<void> {
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
