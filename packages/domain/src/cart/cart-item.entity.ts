import { MAX_QUANTITY } from '@jumun/contract'
import { defineEntity, p } from '@mikro-orm/core'
import { Product } from '../product/product.entity.ts'
import { Cart } from './cart.entity.ts'

const schema = defineEntity({
  name: 'CartItem',
  tableName: 'cart_item',
  comment: 'A product in a cart; reserves nothing',
  properties: {
    memberId: () =>
      p
        .manyToOne(Cart)
        .mapToPk()
        .fieldName('member_id')
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
    quantity: p.integer(),
    addedAt: p.datetime().length(3).defaultRaw('now()'),
  },
  checks: [{ name: 'cart_item_quantity_check', expression: `quantity >= 1 and quantity <= ${MAX_QUANTITY}` }],
})

/** A product in a cart (장바구니 상품). */
export class CartItem extends schema.class {}

schema.setClass(CartItem)
