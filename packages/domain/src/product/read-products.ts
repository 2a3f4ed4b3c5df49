import type { ListProductsInput, Page, ProductView } from '@jumun/contract'
import type { EntityManager } from '@mikro-orm/postgresql'
import { z } from 'zod'
import { DomainError } from '../errors.ts'
import { readCursor, toPage } from '../page.ts'

/** The key of a page of products: the id after which it starts. */
export const productCursor = z.int().min(0).max(2_147_483_647)

/**
 * Selects products for sale with their stock. The limit applies before the join: otherwise PostgreSQL may read the stock of
 * every product before the page.
 */
function selectProducts(condition: string): string {
  return `select p.id, p.name, p.price, s.quantity::float8 as stock, p.key
    from (select id, name, price, key from product where removed_at is null and ${condition} order by id limit ?) p
    join product_stock s on s.product_id = p.id
    order by p.id`
}

/** A page of the products for sale by id, with their current stock; `search` matches a part of the name. */
export async function listProducts(em: EntityManager, input: ListProductsInput): Promise<Page<ProductView>> {
  const { search, limit } = input
  const after = readCursor(input.cursor, productCursor) ?? 0
  const { condition, values } = searchCondition(search)
  const statement = selectProducts(`id > ? ${condition}`)
  const rows = await em.fork().execute<ProductView[]>(statement, [after, ...values, limit + 1])
  return toPage(rows, limit, (product) => product.id)
}

/**
 * A condition for names that contain the search. Trigrams find a search with three letters or digits in a row; every other one
 * is found by its letters and pairs of letters, and so is any with `byGrams`.
 */
export function searchCondition(
  search: string | undefined,
  { byGrams = false }: { byGrams?: boolean } = {},
): { condition: string; values: string[] } {
  if (search === undefined) return { condition: '', values: [] }
  const pattern = `%${search.replace(/[\\%_]/g, '\\$&')}%`
  if (!byGrams && /[a-z0-9]{3}/i.test(search)) return { condition: 'and name ilike ?', values: [pattern] }
  const condition = 'and name ilike ? and product_grams(name) collate "C" @> product_grams(?)'
  return { condition, values: [pattern, search] }
}

/** A product for sale, with its current stock. Throws `PRODUCT_NOT_FOUND`. */
export async function readProduct(em: EntityManager, productId: number): Promise<ProductView> {
  const [product] = await em.execute<ProductView[]>(selectProducts('id = ?'), [productId, 1])
  if (!product) throw productNotFound([productId])
  return product
}

/** The error for products that do not exist or are no longer for sale. */
export function productNotFound(productIds: number[]): DomainError<'PRODUCT_NOT_FOUND'> {
  const names = productIds.length === 1 ? `Product ${productIds[0]} is` : `Products ${productIds.join(', ')} are`
  return new DomainError('PRODUCT_NOT_FOUND', `${names} not for sale.`, { productIds })
}
