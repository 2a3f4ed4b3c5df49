/**
 * The checks, each with a query that finds violations. `calls`, `unkeyed_orders`, `cancels` and `restocks` come from the
 * history, `stored_…` from the database, and `platform_orders` from the data platform.
 */
export const checks: Record<string, string> = {
  // 1. No oversell, no overdraft.
  'stock: initial + restocked - sold + returned': `
    select product_id, quantity, received, taken from stored_stock where quantity < 0 or quantity <> received - taken`,
  'stock: received = initial + restocked': `
    select s.product_id, s.received, p.stock, known, unknown
      from stored_stock s join products p on p.id = s.product_id left join (
        select product_id, sum(quantity * acknowledged) as known, sum(quantity * (1 - acknowledged)) as unknown
          from restocks group by product_id
      ) r on r.product_id = s.product_id
     where received not between stock + coalesce(known, 0) and stock + coalesce(known, 0) + coalesce(unknown, 0)`,
  'points: a balance is the sum of its entries and not negative': `
    select member_id, balance, entries from stored_points where balance < 0 or balance <> entries`,
  'points: every acknowledged charge and use moved points once': `
    select s.*, known.* from stored_points s join (
        select member_id,
               count(*) filter (where kind = 'charge') as charges,
               coalesce(sum(input ->> 'amount') filter (where kind = 'charge'), 0) as charged,
               count(*) filter (where kind = 'use') as uses,
               coalesce(sum(input ->> 'amount') filter (where kind = 'use'), 0) as used
          from calls where state = 'acknowledged' group by member_id
      ) known using (member_id)
     where (s.charges, s.charged, s.uses, s.used) <> (known.charges, known.charged, known.uses, known.used)`,
  'points: balance = charged - used - paid': `
    select s.member_id, balance, charged, used, paid from stored_points s left join (
        select member_id, sum(total) as paid from stored_orders where paid = 1 and cancelled = 0 group by member_id
      ) o using (member_id)
     where balance <> charged - used - coalesce(paid, 0)`,

  // 2. One order per key, and always the same answer.
  'keys: no two keys have the same order': `
    select order_id, group_concat(key) from calls
     where state = 'acknowledged' and kind in ('place', 'checkout') group by order_id having count(*) > 1`,
  'keys: every stored order was acknowledged': `
    select o.* from stored_orders o
      left join calls c on c.order_id = o.id and c.state = 'acknowledged' and c.kind in ('place', 'checkout')
     where c.key is null and o.member_id not like 'unkeyed-%'`,
  'keys: a call without a key has at most one order': `
    select member_id, count(*), group_concat(id) from stored_orders where member_id like 'unkeyed-%'
     group by member_id having count(*) > 1`,
  'keys: the stored answer is the first acknowledged one': `
    select c.member_id, c.key, c.kind, c.answer, s.answer from calls c left join stored_keys s using (member_id, key)
     where c.state = 'acknowledged' and s.answer is not c.answer`,
  'keys: a refused call does not use its key': `
    select s.* from stored_keys s
      left join calls c on c.member_id = s.member_id and c.key = s.key and c.state = 'acknowledged'
     where c.key is null`,

  // 3. An acknowledged order is stored completely; any other is stored completely or not at all.
  'orders: every acknowledged order is stored completely': `
    select c.member_id, c.key, c.order_id, c.lines, o.lines from calls c left join stored_orders o on o.id = c.order_id
     where c.state = 'acknowledged' and c.order_id is not null
       and (o.id is null or o.member_id <> c.member_id or o.total <> c.total or o.lines is not c.lines)`,
  'orders: every order acknowledged without a key is stored': `
    select n.* from unkeyed_orders n left join stored_orders o on o.id = n.order_id
     where o.id is null or o.member_id <> n.member_id or o.lines is null`,
  'orders: an order acknowledged as paid is paid': `
    select c.order_id, c.kind, o.status from calls c join stored_orders o on o.id = c.order_id
     where c.state = 'acknowledged' and o.paid = 0 and not (c.kind = 'place' and c.input ->> 'payment' = 'later')`,
  'orders: exactly the cancelled orders are CANCELLED': `
    select o.id, o.status, c.acknowledged from stored_orders o
      left join (select order_id, max(acknowledged) as acknowledged from cancels group by order_id) c on c.order_id = o.id
     where (o.status = 'CANCELLED' and c.order_id is null) or (o.status <> 'CANCELLED' and c.acknowledged = 1)`,
  'orders: only unpaid orders expire': `
    select o.* from stored_orders o join calls c on c.order_id = o.id and c.state = 'acknowledged'
     where o.status in ('EXPIRED', 'PENDING_PAYMENT') and (c.kind <> 'place' or c.input ->> 'payment' = 'now')`,

  // 4. The data platform has every paid order in its last version, and nothing else.
  'platform: it has every paid order in its last version': `
    select o.id, o.status, o.version, p.version, p.type
      from stored_orders o left join platform_orders p using (id)
     where o.paid = 1
       and (p.version is not o.version or p.type is not iif(o.cancelled = 1, 'order.cancelled', 'order.paid'))`,
  'platform: it has only paid orders': `
    select p.* from platform_orders p left join stored_orders o on o.id = p.id and o.paid = 1 where o.id is null`,
}
