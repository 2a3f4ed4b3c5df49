import { defineEntity, p } from '@mikro-orm/core'

const schema = defineEntity({
  name: 'PopularState',
  tableName: 'popular_state',
  comment: 'One row: how far the hours are rolled up; locked by the process that moves it on',
  properties: {
    id: p.smallint().primary().autoincrement(false),
    watermark: p.datetime().length(3).comment('Every transaction that began before it has ended'),
    generation: p.integer().comment('Grows with each rebuild'),
  },
  checks: [{ name: 'popular_state_single_check', expression: 'id = 1' }],
})

/** How far the hours are rolled up (집계 기준점). */
export class PopularState extends schema.class {}

schema.setClass(PopularState)
