import type { ListAdjustmentsInput, Page, StockAdjustmentView } from '@jumun/contract'
import { type EntityManager, raw } from '@mikro-orm/postgresql'
import { z } from 'zod'
import { readCursor, toPage } from '../page.ts'
import { StockAdjustment } from './stock-adjustment.entity.ts'

const adjustmentCursor = z.int().min(1)

/** A page of the changes of a product's stock by admins, newest first. */
export async function readAdjustments(
  em: EntityManager,
  { productId, limit, cursor }: ListAdjustmentsInput,
): Promise<Page<StockAdjustmentView>> {
  const before = readCursor(cursor, adjustmentCursor) ?? Number.MAX_SAFE_INTEGER
  // As in `ofMemberBelow`: with a plain equality PostgreSQL may scan the ids of all products.
  const belowId = raw((alias) => `(${alias}.product_id, ${alias}.id) < (?, ?)`, [productId, before])
  const condition = { productId: { $gte: productId }, [belowId]: [] }
  const orderBy = { productId: 'desc', id: 'desc' } as const
  const found = await em.fork().find(StockAdjustment, condition, { orderBy, limit: limit + 1 })
  const page = toPage(found, limit, ({ id }) => id)
  const items = page.items.map(({ id, delta, stockAfter, actor = null, reason = null, createdAt }) => {
    return { id, delta, stockAfter, actor, reason, createdAt: createdAt.toISOString() }
  })
  return { ...page, items }
}
