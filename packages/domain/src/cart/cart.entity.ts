import { defineEntity, p } from '@mikro-orm/core'

const schema = defineEntity({
  name: 'Cart',
  tableName: 'cart',
  comment: 'A cart that has been used; the row that is locked while its items change',
  properties: {
    memberId: p.string().primary().length(64),
    createdAt: p.datetime().length(3).defaultRaw('now()'),
  },
})

/** A member's cart (장바구니). */
export class Cart extends schema.class {}

schema.setClass(Cart)
