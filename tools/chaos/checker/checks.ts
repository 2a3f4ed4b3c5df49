/**
 * What must be true in the end, each with a query that finds what breaks it. `calls`, `cancels` and `restocks` are what the
 * callers know; `stored_…` is what the database has, and `platform_orders` what the data platform has.
 */
export const promises: Record<string, string> = {
  // 1. No oversell, no overdraft.
  'stock: initial + restocked - sold + returned': `
    select product_id, quantity, received, taken from stored_stock where quantity < 0 or quantity <> received - taken`,
  'stock: what was received is what was ever put in': `
    select s.product_id, s.received, p.stock, known, unknown
      from stored_stock s join products p on p.id = s.product_id left join (
        select product_id, sum(quantity * acknowledged) as known, sum(quantity * (1 - acknowledged)) as unknown
          from restocks group by product_id
      ) r on r.product_id = s.product_id
     where received not between stock + coalesce(known, 0) and stock + coalesce(known, 0) + coalesce(unknown, 0)`,
  'points: a balance is the sum of its entries, and not below zero': `
    select member_id, balance, entries from stored_points where balance < 0 or balance <> entries`,
  'points: every acknowledged charge and use moved points, once': `
    select s.*, told.* from stored_points s join (
        select member_id,
               count(*) filter (where kind = 'charge') as charges,
               coalesce(sum(input ->> 'amount') filter (where kind = 'charge'), 0) as charged,
               count(*) filter (where kind = 'use') as uses,
               coalesce(sum(input ->> 'amount') filter (where kind = 'use'), 0) as used
          from calls where state = 'acknowledged' group by member_id
      ) told using (member_id)
     where (s.charges, s.charged, s.uses, s.used) <> (told.charges, told.charged, told.uses, told.used)`,
  'points: a balance is what was charged less what was used and paid': `
    select s.member_id, balance, charged, used, paid from stored_points s left join (
        select member_id, sum(total) as paid from stored_orders where paid = 1 and cancelled = 0 group by member_id
      ) o using (member_id)
     where balance <> charged - used - coalesce(paid, 0)`,

  // 2. One order a key, and the same answer for ever.
  'keys: no two keys have one order': `
    select order_id, group_concat(key) from calls
     where state = 'acknowledged' and kind in ('place', 'checkout') group by order_id having count(*) > 1`,
  'keys: no order is there that nobody was told of': `
    select o.* from stored_orders o
      left join calls c on c.order_id = o.id and c.state = 'acknowledged' and c.kind in ('place', 'checkout')
     where c.key is null and o.member_id not like 'once-%'`,
  'keys: a call without a key has one order at most': `
    select member_id, count(*), group_concat(id) from stored_orders where member_id like 'once-%'
     group by member_id having count(*) > 1`,
  'keys: the answer that is kept is the one that was acknowledged first': `
    select c.member_id, c.key, c.kind, c.answer, s.answer from calls c left join stored_keys s using (member_id, key)
     where c.state = 'acknowledged' and s.answer is not c.answer`,
  'keys: a refused call has used no key up': `
    select s.* from stored_keys s
      left join calls c on c.member_id = s.member_id and c.key = s.key and c.state = 'acknowledged'
     where c.key is null`,

  // 3. What was acknowledged is there, whole; what was not is there whole or not at all.
  'orders: every acknowledged order is there, whole': `
    select c.member_id, c.key, c.order_id, c.lines, o.lines from calls c left join stored_orders o on o.id = c.order_id
     where c.state = 'acknowledged' and c.order_id is not null
       and (o.id is null or o.member_id <> c.member_id or o.total <> c.total or o.lines is not c.lines)`,
  'orders: every order that was acknowledged without a key is there': `
    select n.* from once n left join stored_orders o on o.id = n.order_id
     where o.id is null or o.member_id <> n.member_id or o.lines is null`,
  'orders: what was paid is paid': `
    select c.order_id, c.kind, o.status from calls c join stored_orders o on o.id = c.order_id
     where c.state = 'acknowledged' and o.paid = 0 and not (c.kind = 'place' and c.input ->> 'payment' = 'later')`,
  'orders: what was cancelled is cancelled, and nothing else': `
    select o.id, o.status, c.acknowledged from stored_orders o
      left join (select order_id, max(acknowledged) as acknowledged from cancels group by order_id) c on c.order_id = o.id
     where (o.status = 'CANCELLED' and c.order_id is null) or (o.status <> 'CANCELLED' and c.acknowledged = 1)`,
  'orders: only what nobody paid expires': `
    select o.* from stored_orders o join calls c on c.order_id = o.id and c.state = 'acknowledged'
     where o.status in ('EXPIRED', 'PENDING_PAYMENT') and (c.kind <> 'place' or c.input ->> 'payment' = 'now')`,

  // 4. The data platform has every paid order, in its last version, and nothing else.
  'platform: every paid order is there, in its last version': `
    select o.id, o.status, o.version, p.version, p.type
      from stored_orders o left join platform_orders p using (id)
     where o.paid = 1
       and (p.version is not o.version or p.type is not iif(o.cancelled = 1, 'order.cancelled', 'order.paid'))`,
  'platform: nothing is there that nobody paid': `
    select p.* from platform_orders p left join stored_orders o on o.id = p.id and o.paid = 1 where o.id is null`,
}
