import { MAX_QUANTITY } from '@jumun/contract'
import { defineEntity, p } from '@mikro-orm/core'
import { foreignKey } from '../database/foreign-key.ts'
import { Product } from '../product/product.entity.ts'
import { Order } from './order.entity.ts'

const schema = defineEntity({
  name: 'OrderLine',
  tableName: 'order_line',
  comment: 'One product of an order, with its name and price as they were when it was ordered',
  properties: {
    orderId: () => foreignKey(Order, 'order_id').primary(),
    productId: () => foreignKey(Product, 'product_id').primary(),
    name: p.string().length(200),
    unitPrice: p.integer().comment('Whole KRW'),
    quantity: p.integer(),
  },
  checks: [
    { name: 'order_line_quantity_check', expression: `quantity >= 1 and quantity <= ${MAX_QUANTITY}` },
    { name: 'order_line_unit_price_check', expression: 'unit_price > 0' },
  ],
})

/** One product of an order (주문 상품). */
export class OrderLine extends schema.class {}

schema.setClass(OrderLine)
