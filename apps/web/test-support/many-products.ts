import type { TestApi } from '@jumun/test-kit/api'

const MANY = `
  with made as (insert into product (name, price) select ? || number, 1000 from generate_series(0, ? - 1) number returning id)
  insert into product_stock (product_id, quantity, received) select id, ?, ? from made returning product_id`

/** Puts many products into the shop, named by a text and a number from 0, in one statement and without telling anyone. Returns their ids. */
export async function manyProducts(api: TestApi, name: string, count: number, stock = 5): Promise<number[]> {
  const rows: { product_id: number }[] = await api.services.em
    .fork()
    .getConnection()
    .execute(MANY, [name, count, stock, stock])
  return rows.map(({ product_id }) => product_id)
}
