import type { EntityManager } from '@mikro-orm/postgresql'
import { z } from 'zod'
import { DomainError } from '../errors.ts'
import { readCursor, toPage } from '../page.ts'
import type { Page } from '../values.contract.ts'
import type { ListProductsInput, Product } from './product.contract.ts'

const productCursor = z.int().min(0).max(2_147_483_647)

const selectProducts = `select p.id, p.name, p.price, s.quantity::float8 as stock
  from product p join product_stock s on s.product_id = p.id
  where p.removed_at is null`

/** A page of the products for sale by id, with their stock as it is now; `search` finds a part of the name. */
export async function listProducts(em: EntityManager, input: ListProductsInput): Promise<Page<Product>> {
  const after = readCursor(input.cursor, productCursor) ?? 0
  const pattern = input.search === undefined ? undefined : `%${input.search.replace(/[\\%_]/g, '\\$&')}%`
  const rows = await em
    .fork()
    .execute<Product[]>(
      `${selectProducts} and p.id > ? ${pattern === undefined ? '' : 'and p.name ilike ?'} order by p.id limit ?`,
      [after, ...(pattern === undefined ? [] : [pattern]), input.limit + 1],
    )
  return toPage(rows, input.limit, (product) => product.id)
}

/** A product for sale, with its stock as it is now. Throws `PRODUCT_NOT_FOUND`. */
export async function readProduct(em: EntityManager, productId: number): Promise<Product> {
  const [product] = await em.execute<Product[]>(`${selectProducts} and p.id = ?`, [productId])
  if (!product) throw productNotFound([productId])
  return product
}

/** The refusal of products that do not exist or are no longer for sale. */
export function productNotFound(productIds: number[]): DomainError<'PRODUCT_NOT_FOUND'> {
  const names = productIds.length === 1 ? `Product ${productIds[0]} is` : `Products ${productIds.join(', ')} are`
  return new DomainError('PRODUCT_NOT_FOUND', `${names} not for sale.`, { productIds })
}
