import type { PopularProduct, PopularProducts } from '@jumun/contract'
import type { EntityManager } from '@mikro-orm/postgresql'

/** One answer to check: what was asked for and what was said. */
export interface Answer {
  limit: number
  said: PopularProducts
}

/**
 * What the answers should have been, as the transaction of `em` sees the orders: counted from nothing but orders with
 * their status, their time of payment and their lines, by the bounds that the answers name.
 */
export async function countAgain(em: EntityManager, answers: Answer[]): Promise<PopularProduct[][]> {
  const rows = await em.execute<{ items: PopularProduct[] | null }[]>(
    `with lines as materialized (
      select o.paid_at, l.product_id, l.quantity
      from "order" o join order_line l on l.order_id = o.id where o.status = 'PAID'
    )
    select (
      select json_agg(json_build_object('rank', rank, 'productId', id, 'name', name, 'price', price, 'stock', stock,
        'sold', sold) order by rank)
      from (
        select row_number() over (order by sold desc, p.id) as rank, p.id, p.name, p.price, s.quantity as stock, sold
        from (
          select product_id, sum(quantity) as sold from lines
          where paid_at >= asked."from" and paid_at < asked."to" group by product_id
        ) sums
          join product p on p.id = product_id join product_stock s on s.product_id = p.id
        where p.removed_at is null
      ) counted where rank <= asked."limit"
    ) as items
    from rows from (
      json_to_recordset(?::json) as ("from" timestamptz, "to" timestamptz, "limit" int)
    ) with ordinality as asked("from", "to", "limit", number) order by number`,
    [JSON.stringify(answers.map(({ limit, said: { from, to } }) => ({ limit, from, to })))],
  )
  return rows.map(({ items }) => items ?? [])
}
