import { defineEntity, p } from '@mikro-orm/core'

/** Partitions of the table, one for each day in turn: the days that are kept, today, and two that are emptied. */
export const SLOTS = 10

/** The partition of a time, as PostgreSQL spells the expression. */
export const slotOf = (time: string) => `(((EXTRACT(epoch FROM ${time}))::bigint / 86400) % (${SLOTS})::bigint)`

const schema = defineEntity({
  name: 'ChangeRecord',
  tableName: 'change',
  comment: 'The changes of one transaction, written by it: the feed, and the outbox of the data platform',
  partitionBy: {
    type: 'list',
    expression: 'slot',
    partitions: Array.from({ length: SLOTS }, (_, slot) => ({
      name: `change_${slot}`,
      values: `for values in ('${slot}')`,
    })),
  },
  properties: {
    slot: p
      .smallint()
      .primary()
      .autoincrement(false)
      .defaultRaw(slotOf('now()'))
      .comment('Day of the row, modulo the number of partitions'),
    id: p.bigint('number').primary().autoincrement().comment('Taken after all row locks: sorts the changes of a row'),
    xid: p.type('xid8').columnType('xid8').defaultRaw('pg_current_xact_id()').comment('The transaction'),
    at: p.datetime().length(3).defaultRaw('now()'),
    events: p.json<unknown[]>().columnType('json').comment('The changes, see Change of the contract'),
    outgoing: p.integer().comment('How many of them go to the data platform'),
  },
  indexes: [{ name: 'change_xid_index', properties: ['xid'] }],
})

/** What one transaction changed (변경 기록). */
export class ChangeRecord extends schema.class {}

schema.setClass(ChangeRecord)
