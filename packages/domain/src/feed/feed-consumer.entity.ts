import { defineEntity, p } from '@mikro-orm/core'

const schema = defineEntity({
  name: 'FeedConsumer',
  tableName: 'feed_consumer',
  comment: 'How far a consumer of the feed has come, and which process works for it',
  properties: {
    name: p.string().length(32).primary(),
    tick: p.bigint('number').comment('The last tick of which everything is done'),
    changeId: p.bigint('number').default(0).comment('Of the changes after that tick: the first row that is not done'),
    done: p.integer().default(0).comment('How many of the events of that row are done'),
    attempts: p.integer().default(0).comment('How often the next events were sent without success'),
    reason: p.text().nullable().comment('Why the last attempt failed'),
    owner: p.uuid().nullable().comment('The process that holds the lease'),
    leasedUntil: p.datetime().length(3).default('-infinity').comment('End of the lease'),
  },
})

/** A consumer of the feed with a durable cursor and a lease (피드 소비자). */
export class FeedConsumer extends schema.class {}

schema.setClass(FeedConsumer)
