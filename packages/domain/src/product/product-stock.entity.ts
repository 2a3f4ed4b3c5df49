import { MAX_STOCK } from '@jumun/contract'
import { defineEntity, p } from '@mikro-orm/core'
import { badRequest, DomainError } from '../errors.ts'
import { Product } from './product.entity.ts'

const schema = defineEntity({
  name: 'ProductStock',
  tableName: 'product_stock',
  comment: 'Remaining quantity of a product; the row that is locked while stock moves',
  properties: {
    productId: () =>
      p.oneToOne(Product).mapToPk().fieldName('product_id').updateRule('no action').deleteRule('no action').primary(),
    quantity: p.bigint('number'),
    received: p.bigint('number').comment('Initial stock and every later correction, summed: what orders took from'),
  },
  checks: [
    { name: 'product_stock_quantity_check', expression: 'quantity >= 0' },
    { name: 'product_stock_received_check', expression: 'received >= quantity' },
  ],
})

/** Remaining quantity of a product (재고). */
export class ProductStock extends schema.class {
  /**
   * Corrects the stock by a delivery (positive) or a loss (negative).
   * Throws `OUT_OF_STOCK` when the stock would become negative, and `BAD_REQUEST` when it would exceed its limit.
   */
  correct(delta: number): void {
    if (delta < -this.quantity) {
      throw new DomainError('OUT_OF_STOCK', 'Less is in stock than would be taken away.', {
        shortages: [{ productId: this.productId, requested: -delta, available: this.quantity }],
      })
    }
    // Cancelled orders may have raised the stock above its limit, so a decrease is always allowed.
    if (delta > 0 && delta > MAX_STOCK - this.quantity) {
      throw badRequest(['stockDelta'], `Too big: the stock would grow beyond ${MAX_STOCK}`)
    }
    this.quantity += delta
    this.received += delta
  }
}

schema.setClass(ProductStock)
