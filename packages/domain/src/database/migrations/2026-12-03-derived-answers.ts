import { Migration } from '@mikro-orm/migrations'

/** The answer to placing an order follows from the order, and is stored no more. */
export default class DerivedAnswers extends Migration {
  override up(): void {
    this.addSql('alter table "idempotency_record" add column "order_id" uuid null, alter column "answer" drop not null')
    this.addSql(
      `comment on column "idempotency_record"."order_id" is 'The order that the call placed: its first answer follows from it'`,
    )
    this.addSql(
      'alter table "idempotency_record" add constraint "idempotency_record_answer_check" check (num_nonnulls(answer, order_id) = 1)',
    )
  }

  override down(): void {
    this.addSql('alter table "idempotency_record" drop constraint "idempotency_record_answer_check"')
    this.addSql(restoreAnswers)
    this.addSql('alter table "idempotency_record" drop column "order_id", alter column "answer" set not null')
  }
}

const time = (column: string) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

const restoreAnswers = `
  update idempotency_record r
     set order_id = null, answer = json_build_object('id', o.id, 'memberId', o.member_id,
       'status', case when o.expires_at is null then 'PAID' else 'PENDING_PAYMENT' end,
       'items', (
         select json_agg(json_build_object('productId', product_id, 'name', name, 'unitPrice', unit_price, 'quantity', quantity,
             'amount', unit_price::bigint * quantity) order by product_id)
           from order_line where order_id = o.id),
       'total', o.total, 'createdAt', ${time('o.created_at')},
       'paidAt', case when o.expires_at is null then ${time('o.created_at')} end,
       'expiresAt', ${time('o.expires_at')}, 'cancelledAt', null)
    from "order" o where o.id = r.order_id`
