import type { PopularProduct, PopularProducts } from '@jumun/contract'
import type { EntityManager } from '@mikro-orm/postgresql'

/** One read to check: its limit and its result. */
export interface Read {
  limit: number
  result: PopularProducts
}

/**
 * Computes the expected items of each read, as the transaction of `em` sees the orders: only from the orders' status, time of
 * payment and lines, within the bounds that the result names.
 */
export async function countFromOrders(em: EntityManager, reads: Read[]): Promise<PopularProduct[][]> {
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
          where paid_at >= bounds."from" and paid_at < bounds."to" group by product_id
        ) sums
          join product p on p.id = product_id join product_stock s on s.product_id = p.id
        where p.removed_at is null
      ) counted where rank <= bounds."limit"
    ) as items
    from rows from (
      json_to_recordset(?::json) as ("from" timestamptz, "to" timestamptz, "limit" int)
    ) with ordinality as bounds("from", "to", "limit", number) order by number`,
    [JSON.stringify(reads.map(({ limit, result: { from, to } }) => ({ limit, from, to })))],
  )
  return rows.map(({ items }) => items ?? [])
}
