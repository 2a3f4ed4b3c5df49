import { MAX_QUANTITY } from '@jumun/contract'
import { defineEntity, p } from '@mikro-orm/core'
import { Product } from '../product/product.entity.ts'
import { Order } from './order.entity.ts'

const schema = defineEntity({
  name: 'OrderLine',
  tableName: 'order_line',
  comment: 'One product of an order, with its name and price as they were when it was ordered',
  properties: {
    orderId: () =>
      p
        .manyToOne(Order)
        .mapToPk()
        .fieldName('order_id')
        .updateRule('no action')
        .deleteRule('no action')
        .primary()
        .index(false),
    productId: () =>
      p
        .manyToOne(Product)
        .mapToPk()
        .fieldName('product_id')
        .updateRule('no action')
        .deleteRule('no action')
        .primary()
        .index(false),
    name: p.string().length(200),
    unitPrice: p.integer().comment('Whole KRW'),
    quantity: p.integer(),
  },
  checks: [
    {
      name: 'order_line_quantity_check',
      expression: `quantity >= 1 and quantity <= ${MAX_QUANTITY}`,
    },
    { name: 'order_line_unit_price_check', expression: 'unit_price > 0' },
  ],
})

/** One product of an order (주문 상품). */
export class OrderLine extends schema.class {}

schema.setClass(OrderLine)
