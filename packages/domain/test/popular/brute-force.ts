import type { EntityManager } from '@mikro-orm/postgresql'
import type { PopularProduct, PopularProducts } from '../../src/popular/popular.contract.ts'

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
    `select (
      select json_agg(json_build_object('rank', rank, 'productId', id, 'name', name, 'price', price, 'stock', stock,
        'sold', sold) order by rank)
      from (
        select row_number() over (order by sum(l.quantity) desc, p.id) as rank, p.id, p.name, p.price,
          s.quantity as stock, sum(l.quantity) as sold
        from "order" o join order_line l on l.order_id = o.id
          join product p on p.id = l.product_id join product_stock s on s.product_id = p.id
        where o.status = 'PAID' and p.removed_at is null
          and o.paid_at >= (asked->>'from')::timestamptz and o.paid_at < (asked->>'to')::timestamptz
        group by p.id, s.product_id
      ) counted where rank <= (asked->>'limit')::int
    ) as items
    from json_array_elements(?::json) with ordinality as asked(asked, number) order by number`,
    [JSON.stringify(answers.map(({ limit, said: { from, to } }) => ({ limit, from, to })))],
  )
  return rows.map(({ items }) => items ?? [])
}
