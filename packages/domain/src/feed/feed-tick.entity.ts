import { defineEntity, p } from '@mikro-orm/core'

const schema = defineEntity({
  name: 'FeedTick',
  tableName: 'feed_tick',
  comment:
    'A mark in the feed: the changes visible in its snapshot, and not in that of the tick before, follow that tick',
  properties: {
    number: p.bigint('number').primary().autoincrement(false).comment('One more than the tick before'),
    snapshot: p.type('pg_snapshot').columnType('pg_snapshot'),
    tag: p.integer().comment('Random; tells it from a lost tick of this number'),
    epoch: p.integer().comment('Grows when the database was restored elsewhere: other transaction ids, other cursors'),
    system: p.bigint('string').comment('Identifier of the PostgreSQL cluster'),
    at: p.datetime().length(3).defaultRaw('clock_timestamp()'),
  },
})

/** A mark in the feed (변경 피드의 눈금). */
export class FeedTick extends schema.class {}

schema.setClass(FeedTick)
