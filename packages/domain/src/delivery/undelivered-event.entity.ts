import { defineEntity, p } from '@mikro-orm/core'

const schema = defineEntity({
  name: 'UndeliveredEvent',
  tableName: 'undelivered_event',
  comment:
    'An event that the data platform did not accept by itself, or that is to be sent again: retried, or a dead letter',
  properties: {
    id: p.uuid().primary(),
    event: p.json<unknown>().columnType('json').comment('As it was in the feed'),
    orderId: p.uuid(),
    version: p.integer().comment('Of the order'),
    attempts: p.integer().default(0).comment('How often it was sent without success'),
    rejections: p.integer().default(0).comment('How often the platform rejected it since it last began to wait'),
    reason: p.text().nullable().comment('Why the last attempt failed'),
    since: p.datetime().length(6).defaultRaw('now()').comment('Since when it has waited, or been dead'),
    dueAt: p
      .datetime()
      .length(3)
      .nullable()
      .defaultRaw('now()')
      .comment('When to send it again; null for a dead letter'),
  },
  indexes: [
    { name: 'undelivered_event_due_at_index', properties: ['dueAt'] },
    { name: 'undelivered_event_order_id_index', properties: ['orderId'] },
    { name: 'undelivered_event_since_index', properties: ['since', 'id'] },
    {
      name: 'undelivered_event_dead_index',
      expression:
        'create index undelivered_event_dead_index on undelivered_event (reason, since, id) where due_at is null',
    },
  ],
})

/** An event that is retried, or a dead letter (미전송 이벤트). */
export class UndeliveredEvent extends schema.class {}

schema.setClass(UndeliveredEvent)
