import { MAX_BALANCE } from '@jumun/contract'
import { eventsAfterCursor } from '../delivery/delivery-cursor.ts'

/** A rule that holds in every committed state of the database. */
export interface Invariant {
  name: string
  rule: string
  /**
   * A query with one row for each checked item: its `id` as text, and whether the rule `holds`; null counts as broken.
   * It must be a single statement, so that all that it compares comes from one snapshot.
   */
  rows: string
}

/** Every invariant, in the order in which they are reported. */
export const invariants: Invariant[] = [
  {
    name: 'stock-not-negative',
    rule: 'No stock is below zero.',
    rows: 'select product_id::text as id, quantity >= 0 as holds from product_stock',
  },
  {
    name: 'stock-adds-up',
    rule: 'The stock of a product is what was received less what paid and pending orders took.',
    rows: `
      select coalesce(s.product_id, t.product_id)::text as id, s.quantity = s.received - coalesce(t.taken, 0) as holds
        from product_stock s
        full join (
          select l.product_id, sum(l.quantity) as taken
            from order_line l join "order" o on o.id = l.order_id
           where o.status in ('PAID', 'PENDING_PAYMENT')
           group by l.product_id
        ) t on t.product_id = s.product_id`,
  },
  {
    name: 'balance-in-range',
    rule: `No balance is below zero or above ${MAX_BALANCE}.`,
    rows: `select member_id as id, balance between 0 and ${MAX_BALANCE} as holds from point_account`,
  },
  {
    name: 'balance-is-ledger-sum',
    rule: "A member's balance is the sum of the member's ledger entries.",
    rows: `
      select coalesce(a.member_id, e.member_id) as id, a.balance = coalesce(e.sum, 0) as holds
        from point_account a
        full join (select member_id, sum(amount) as sum from point_entry group by member_id) e
          on e.member_id = a.member_id`,
  },
  {
    name: 'ledger-continues',
    rule: 'The balance after a ledger entry is the balance after the one before, or 0, plus its amount.',
    rows: `
      select id::text,
             balance_after = amount + lag(balance_after, 1, 0::bigint) over (partition by member_id order by id) as holds
        from point_entry`,
  },
  {
    name: 'total-is-line-sum',
    rule: 'The total of an order is the sum of its lines.',
    rows: `
      select coalesce(o.id, l.order_id)::text as id, o.total = l.sum as holds
        from "order" o
        full join (
          select order_id, sum(unit_price::bigint * quantity) as sum from order_line group by order_id
        ) l on l.order_id = o.id`,
  },
  {
    name: 'paid-once',
    rule: 'An order that was paid has one PAYMENT entry of its total, with its member; any other has none.',
    rows: oneEntry('PAYMENT', { ifAndOnlyIf: 'o.paid_at is not null', amount: '-o.total' }),
  },
  {
    name: 'refunded-once',
    rule: 'An order that was paid and cancelled has one REFUND entry of its total, with its member; any other has none.',
    rows: oneEntry('REFUND', {
      ifAndOnlyIf: 'o.paid_at is not null and o.cancelled_at is not null',
      amount: 'o.total',
    }),
  },
  {
    name: 'status-fits-times',
    rule: 'The status of an order fits the times at which it was paid, cancelled, or would have expired.',
    // Does not compare the times with each other: a transaction's time is its start, which may precede that of one it waited for.
    rows: `
      select id::text, coalesce(paid_at < expires_at, true) and case status
          when 'PENDING_PAYMENT' then paid_at is null and cancelled_at is null and expires_at is not null
          when 'PAID' then paid_at is not null and cancelled_at is null
          when 'CANCELLED' then cancelled_at is not null and (paid_at is not null or expires_at is not null)
          when 'EXPIRED' then paid_at is null and cancelled_at is null and expires_at is not null
        end as holds
        from "order"`,
  },
  {
    name: 'version-counts-changes',
    rule: 'The version of an order is 1, and 1 more for each time that it was paid later, cancelled or expired.',
    rows: `
      select id::text, version = 1 + (paid_at is not null and expires_at is not null)::int
               + (cancelled_at is not null)::int + (status = 'EXPIRED')::int as holds
        from "order"`,
  },
  {
    name: 'one-answer-a-key',
    rule: 'A member has one remembered answer a key.',
    rows: `select member_id || ' ' || key as id, count(*) = 1 as holds from idempotency_record group by member_id, key`,
  },
  {
    name: 'answers-name-orders',
    // The id of a product, which an update answers, is a number.
    rule: 'An order that a remembered answer names exists, and is of the same member.',
    rows: `
      select r.member_id || ' ' || r.key as id, o.id is not null as holds
        from idempotency_record r
        left join "order" o on o.id::text = r.answer->>'id' and o.member_id = r.member_id
       where json_typeof(r.answer->'id') = 'string'
      union all
      select r.member_id || ' ' || r.key, o.id is not null
        from idempotency_record r
        left join "order" o on o.id = r.order_id and o.member_id = r.member_id
       where r.order_id is not null`,
  },
  {
    name: 'events-match-orders',
    rule: 'An event that waits, or is a dead letter, matches its order: the order was paid, or paid and cancelled, as the event says.',
    rows: `
      select e.id, jsonb_typeof(e.event->'data'->'version') = 'number' and e.event->'data'->'version' <= to_jsonb(o.version)
               and e.event->'data'->'order'->'total' = to_jsonb(o.total) and e.event->'data'->'order'->>'memberId' = o.member_id
               and case e.event->>'type'
                 when 'order.paid' then o.paid_at is not null
                 when 'order.cancelled' then o.paid_at is not null and o.cancelled_at is not null
               end as holds
        from (
          select id::text, event::jsonb from undelivered_event
          union all select event->>'id', event::jsonb from ${eventsAfterCursor} unsent
        ) e
        left join "order" o on o.id::text = e.event->'data'->'order'->>'id'`,
  },
  {
    name: 'popular-hours-count-orders',
    rule: 'What an hour sold of a product, as far as it is rolled up, is what its paid orders say.',
    rows: `
      select to_char(coalesce(h.hour, c.hour) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"')
               || ' ' || coalesce(h.product_id, c.product_id) as id,
             coalesce(h.sold, 0) = coalesce(c.sold, 0) as holds
        from popular_hour h
        full join (
          select date_trunc('hour', o.paid_at, 'UTC') as hour, l.product_id, sum(l.quantity) as sold
            from popular_state s
            join "order" o on o.paid_at < s.watermark and (o.cancelled_at is null or o.cancelled_at >= s.watermark)
            join order_line l on l.order_id = o.id
           group by 1, 2
        ) c on c.hour = h.hour and c.product_id = h.product_id`,
  },
]

/** Compares each order with its ledger entries of one kind. */
function oneEntry(
  kind: 'PAYMENT' | 'REFUND',
  { ifAndOnlyIf, amount }: { ifAndOnlyIf: string; amount: string },
): string {
  return `
    select coalesce(o.id, e.order_id)::text as id,
           case when ${ifAndOnlyIf}
             then e.entries = 1 and e.amount = ${amount} and e.member_id = o.member_id
             else e.order_id is null
           end as holds
      from "order" o
      full join (
        select order_id, count(*) as entries, sum(amount) as amount, min(member_id) as member_id
          from point_entry where kind = '${kind}' group by order_id
      ) e on e.order_id = o.id`
}
