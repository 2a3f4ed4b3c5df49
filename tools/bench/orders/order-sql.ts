import { PRICE } from './order-shop.ts'

/**
 * The transaction of an order as hand-written SQL, as a pgbench script (https://www.postgresql.org/docs/current/pgbench.html): the same
 * locks in the same order and the same rows. It does less than the service: it knows the prices, refuses nothing and serves no HTTP.
 *
 * @param hot every order contains product 1
 */
export function orderScript({ members, products, hot }: { members: number; products: number; hot: boolean }): string {
  const member = `'member-' || :member::int`
  return `
\\set member random(1, ${members})
\\set one random(1, ${hot ? 1 : products})
\\set offset random(0, ${products - 2})
\\set other 1 + (:one + :offset) % ${products}
\\set first least(:one, :other)
\\set second greatest(:one, :other)
\\set key random(1, 9000000000000000)
begin;
select balance from point_account where member_id = ${member} for update;
select product_id, quantity from product_stock where product_id in (:first, :second) order by product_id for update;
select id, name, price from product where id in (:first, :second) and removed_at is null;
select fingerprint, answer from idempotency_record where member_id = ${member} and key = 'by-hand-' || :key::int8;
update point_account set balance = balance - ${2 * PRICE} where member_id = ${member} returning balance \\gset
update product_stock set quantity = quantity - 1 where product_id in (:first, :second);
insert into "order" (id, member_id, status, total, version, created_at, paid_at)
  values (uuidv7(), ${member}, 'PAID', ${2 * PRICE}, 1, now(), now()) returning id \\gset
insert into order_line (order_id, product_id, name, unit_price, quantity)
  values (:id::uuid, :first::int, 'Product ' || :first::int, ${PRICE}, 1),
    (:id::uuid, :second::int, 'Product ' || :second::int, ${PRICE}, 1);
insert into point_entry (member_id, kind, amount, balance_after, order_id, created_at)
  values (${member}, 'PAYMENT', ${-2 * PRICE}, :balance::int8, :id::uuid, now());
insert into idempotency_record (member_id, key, fingerprint, answer, created_at)
  values (${member}, 'by-hand-' || :key::int8, rpad('', 43, '0'), ${orderJson(member)}, now());
insert into change (events, outgoing)
  values (json_build_array(
      ${change("'order.placed'", member, `json_build_object('order', ${orderJson(member)}, 'version', 1)`)},
      ${change("'order.paid'", member, `json_build_object('order', ${orderJson(member)}, 'version', 1)`)},
      ${change("'points.changed'", member, `json_build_object('memberId', ${member}, 'kind', 'PAYMENT', 'amount', ${-2 * PRICE}, 'balance', :balance::int8, 'orderId', :id::uuid)`)},
      ${change("'stock.changed'", 'null', `json_build_object('productId', :first::int, 'quantity', 1, 'reason', 'order')`)},
      ${change("'stock.changed'", 'null', `json_build_object('productId', :second::int, 'quantity', 1, 'reason', 'order')`)}), 1);
commit;
`
}

function change(type: string, actor: string, data: string): string {
  return `json_build_object('id', uuidv7(), 'type', ${type}, 'at', now(), 'actor', ${actor}, 'data', ${data})`
}

function orderJson(member: string): string {
  const item = (product: string) =>
    `json_build_object('productId', ${product}::int, 'name', 'Product ' || ${product}::int, 'unitPrice', ${PRICE},
      'quantity', 1, 'amount', ${PRICE})`
  return `json_build_object('id', :id::uuid, 'memberId', ${member}, 'status', 'PAID',
      'items', json_build_array(${item(':first')}, ${item(':second')}), 'total', ${2 * PRICE},
      'createdAt', now(), 'paidAt', now(), 'expiresAt', null, 'cancelledAt', null)`
}
