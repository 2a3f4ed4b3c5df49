import { defineEntity, p } from '@mikro-orm/core'

const schema = defineEntity({
  name: 'IdempotencyRecord',
  tableName: 'idempotency_record',
  comment: 'The first answer to a call with a key, so that a retry gets it again',
  properties: {
    memberId: p.string().primary().length(64),
    key: p.string().primary().length(255),
    fingerprint: p.string().length(43).comment('SHA-256 of procedure and input, base64url'),
    // json, not jsonb, which reorders fields: a replay equals the first answer byte by byte.
    answer: p.json<unknown>().columnType('json').nullable(),
    orderId: p.uuid().nullable().comment('The order that the call placed: its first answer follows from it'),
    createdAt: p.datetime().length(3),
  },
  checks: [{ name: 'idempotency_record_answer_check', expression: 'num_nonnulls(answer, order_id) = 1' }],
  indexes: [{ name: 'idempotency_record_created_at_index', properties: ['createdAt'] }],
})

/** The first answer to a call with an idempotency key (멱등 키). */
export class IdempotencyRecord extends schema.class {}

schema.setClass(IdempotencyRecord)
