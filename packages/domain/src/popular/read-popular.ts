import type { PopularProduct, PopularProducts, PopularProductsInput, ProductView } from '@jumun/contract'
import type { EntityManager } from '@mikro-orm/postgresql'
import { mostSold } from './most-sold.ts'
import type { PopularWindows, Sales } from './popular-windows.ts'
import type { Sold } from './ranking.ts'

/** How many more products to look up than requested, because some may be off sale. */
const SPARE = 10

/** A window and how many of its products to return. */
export interface ReadPopularInput extends PopularProductsInput {
  /** End of the window, in milliseconds since 1970; default: now. */
  at?: number
}

/**
 * The most sold products of the last `days` × 24 hours, by quantity in orders that were paid in `[from, to)` and are not
 * cancelled, ties by the lower id. Excludes products that are off sale. Name, price and stock are current.
 *
 * Inside a transaction of `em`, or with `at`, it reads what that transaction sees, without sharing reads.
 */
export async function readPopular(
  em: EntityManager,
  windows: PopularWindows,
  { days, limit, at }: ReadPopularInput,
): Promise<PopularProducts> {
  const here = em.isInTransaction() || at !== undefined
  const sales = await (here ? windows.readIn(em, { days, at }) : windows.readNow(days))
  return {
    from: new Date(sales.from).toISOString(),
    to: new Date(sales.to).toISOString(),
    items: await firstForSale(em, sales, limit),
  }
}

async function firstForSale(em: EntityManager, sales: Sales, limit: number): Promise<PopularProduct[]> {
  for (let count = limit + SPARE; ; count *= 2) {
    const top = mostSold(sales, count)
    const products = await readForSale(em, top)
    const items = top.flatMap(({ productId, sold }) => {
      const product = products.get(productId)
      return product ? [{ productId, sold, ...product }] : []
    })
    if (items.length >= limit || top.length < count) {
      return items.slice(0, limit).map((item, index) => ({ rank: index + 1, ...item }))
    }
  }
}

async function readForSale(em: EntityManager, top: Sold[]): Promise<Map<number, Omit<ProductView, 'id' | 'key'>>> {
  if (top.length === 0) return new Map()
  const ids = top.map(({ productId }) => productId)
  const rows = await em.execute<Omit<ProductView, 'key'>[]>(
    `select p.id, p.name, p.price, s.quantity::float8 as stock
      from product p join product_stock s on s.product_id = p.id
      where p.id in (${ids.map(() => '?').join()}) and p.removed_at is null`,
    ids,
  )
  return new Map(rows.map(({ id, ...product }) => [id, product]))
}
