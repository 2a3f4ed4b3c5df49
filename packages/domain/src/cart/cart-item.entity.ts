import { MAX_QUANTITY } from '@jumun/contract'
import { defineEntity, p } from '@mikro-orm/core'
import { foreignKey } from '../database/foreign-key.ts'
import { Product } from '../product/product.entity.ts'
import { Cart } from './cart.entity.ts'

const schema = defineEntity({
  name: 'CartItem',
  tableName: 'cart_item',
  comment: 'A product in a cart; reserves nothing',
  properties: {
    memberId: () => foreignKey(Cart, 'member_id').primary(),
    productId: () => foreignKey(Product, 'product_id').primary(),
    quantity: p.integer(),
    addedAt: p.datetime().length(3).defaultRaw('now()'),
  },
  checks: [{ name: 'cart_item_quantity_check', expression: `quantity >= 1 and quantity <= ${MAX_QUANTITY}` }],
})

/** A product in a cart (장바구니 상품). */
export class CartItem extends schema.class {}

schema.setClass(CartItem)
