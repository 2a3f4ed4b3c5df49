import { defineEntity, p } from '@mikro-orm/core'
import { foreignKey } from '../database/foreign-key.ts'
import { reasonCheck } from '../database/reason-check.ts'
import { Product } from './product.entity.ts'

const schema = defineEntity({
  name: 'StockAdjustment',
  tableName: 'stock_adjustment',
  comment: 'Append-only: every change of a stock by an admin; a trigger refuses to change or delete one',
  properties: {
    id: p.bigint('number').primary().autoincrement(),
    productId: () => foreignKey(Product, 'product_id'),
    delta: p.bigint('number'),
    stockAfter: p.bigint('number'),
    actor: p.string().length(64).nullable().comment('Who made it; null: the shop itself'),
    reason: p.string().length(200).nullable(),
    createdAt: p.datetime().length(3),
  },
  indexes: [{ name: 'stock_adjustment_product_id_index', properties: ['productId', 'id'] }],
  triggers: [
    {
      name: 'append_only',
      timing: 'before',
      events: ['update', 'delete'],
      forEach: 'statement',
      body: `raise exception 'stock_adjustment is append-only' using errcode = 'restrict_violation'`,
    },
  ],
  checks: [
    { name: 'stock_adjustment_stock_check', expression: 'stock_after >= 0 and stock_after >= delta' },
    { name: 'stock_adjustment_reason_check', expression: reasonCheck('reason') },
  ],
})

/** One change of a stock by an admin (재고 조정). Adjustments are only added. */
export class StockAdjustment extends schema.class {}

schema.setClass(StockAdjustment)
