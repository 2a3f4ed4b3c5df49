import { defineEntity, p } from '@mikro-orm/core'

const schema = defineEntity({
  name: 'PopularHour',
  tableName: 'popular_hour',
  comment: 'Quantities sold by hour and product, of orders paid before the watermark and not cancelled before it',
  properties: {
    hour: p.datetime().length(0).primary().comment('Full hour of UTC at which it begins'),
    productId: p.integer().primary().comment('Derived from order lines, so it needs no foreign key'),
    sold: p.bigint('number'),
  },
})

/** What one hour sold of one product (시간별 판매량). */
export class PopularHour extends schema.class {}

schema.setClass(PopularHour)
