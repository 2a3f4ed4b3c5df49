import { type AdminProduct, MAX_LOOKED_AT, type Page, type SearchProductsInput } from '@jumun/contract'
import type { EntityManager } from '@mikro-orm/postgresql'
import { inSnapshot } from '../database/snapshot.ts'
import { toMs } from '../database/to-ms.ts'
import { lookThrough, type Sql } from '../look-through.ts'
import { readCursor, toCursor } from '../page.ts'
import { productCursor, searchCondition } from './read-products.ts'

interface Row extends Omit<AdminProduct, 'removedAt'> {
  removedMs: number | null
}

const REMOVED = { exclude: 'removed_at is null', only: 'removed_at is not null', include: 'true' }

/**
 * A page of the products that match every filter, by id, with their current stock, also of removed ones. With `maxStock` it
 * looks at 50,000 products at most and ends there, with a cursor to go on from: an index on stock would slow every order down.
 */
export async function searchProducts(em: EntityManager, input: SearchProductsInput): Promise<Page<AdminProduct>> {
  const { removed, search, maxStock, limit } = input
  const after = readCursor(input.cursor, productCursor) ?? 0
  // Only the index of short searches has removed products too.
  const { condition, values } = searchCondition(search, { byGrams: removed !== 'exclude' })
  const rows: Sql = {
    text: `select id from product where id > ? and ${REMOVED[removed]} ${condition} order by id`,
    values: [after, ...values],
  }
  return inSnapshot(em, async (em) => {
    const { ids, end } = await lookThrough<number>(em, {
      rows,
      matching: maxStock === undefined ? { text: 'true', values: [] } : stockUpTo(maxStock),
      sort: 'id',
      wanted: limit + 1,
      look: maxStock === undefined ? limit + 1 : MAX_LOOKED_AT,
    })
    const shown = ids.slice(0, limit)
    const last = ids.length > limit ? shown.at(-1) : end
    const items = shown.length === 0 ? [] : await readAdminProducts(em, 'p.id = any(?::int[])', `{${shown.join(',')}}`)
    return { items, nextCursor: last ? toCursor(last) : null }
  })
}

/** The products that have these keys, also removed ones, in the order of the keys. */
export async function findProductsByKeys(em: EntityManager, keys: string[]): Promise<AdminProduct[]> {
  const condition = 'p.key in (select json_array_elements_text(?::json))'
  const found = await readAdminProducts(em, condition, JSON.stringify(keys))
  const byKey = new Map(found.map((product) => [product.key, product]))
  return [...new Set(keys)].flatMap((key) => byKey.get(key) ?? [])
}

function stockUpTo(maxStock: number): Sql {
  return { text: '(select quantity from product_stock where product_id = looked_at.id) <= ?', values: [maxStock] }
}

async function readAdminProducts(em: EntityManager, condition: string, value: string): Promise<AdminProduct[]> {
  const rows = await em.execute<Row[]>(
    `select p.id, p.name, p.price, s.quantity::float8 as stock, p.key,
            ${toMs('p.removed_at')} as "removedMs"
       from product p join product_stock s on s.product_id = p.id where ${condition} order by p.id`,
    [value],
  )
  return rows.map(({ removedMs, ...product }) => ({
    ...product,
    removedAt: removedMs === null ? null : new Date(removedMs).toISOString(),
  }))
}
