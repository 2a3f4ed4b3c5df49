import { PRICE } from './order-shop.ts'

/** A step of the hand-written transaction: it sets a variable or runs a statement. */
export interface Step {
  /** The variable as an expression of pgbench. */
  draw?: string
  /** The same variable for the Node.js client. */
  set?: (value: (name: string) => number) => [name: string, value: number]
  sql?: string
  /** A column of the result that becomes a variable. */
  keep?: string
}

/**
 * The transaction of an order as hand-written SQL: the same locks in the same order and the same rows. It does less than the
 * service: it knows the prices, refuses nothing and serves no HTTP.
 *
 * @param hot every order contains product 1
 */
export function orderSteps({ members, products, hot }: { members: number; products: number; hot: boolean }): Step[] {
  const member = `'member-' || :member::int`
  return [
    draw('member', 1, members),
    draw('one', 1, hot ? 1 : products),
    draw('offset', 0, products - 2),
    {
      draw: `other 1 + (:one + :offset) % ${products}`,
      set: (of) => ['other', 1 + ((of('one') + of('offset')) % products)],
    },
    { draw: 'first least(:one, :other)', set: (of) => ['first', Math.min(of('one'), of('other'))] },
    { draw: 'second greatest(:one, :other)', set: (of) => ['second', Math.max(of('one'), of('other'))] },
    draw('key', 1, 9_000_000_000_000_000),
    { sql: 'begin' },
    { sql: `select balance from point_account where member_id = ${member} for update` },
    {
      sql: `select product_id, quantity from product_stock where product_id in (:first, :second)
        order by product_id for update`,
    },
    { sql: 'select id, name, price from product where id in (:first, :second) and removed_at is null' },
    {
      sql: `select fingerprint, answer from idempotency_record
        where member_id = ${member} and key = 'by-hand-' || :key::int8`,
    },
    {
      sql: `update point_account set balance = balance - ${2 * PRICE} where member_id = ${member} returning balance`,
      keep: 'balance',
    },
    { sql: 'update product_stock set quantity = quantity - 1 where product_id in (:first, :second)' },
    {
      sql: `insert into "order" (id, member_id, status, total, version, created_at, paid_at)
        values (uuidv7(), ${member}, 'PAID', ${2 * PRICE}, 1, now(), now()) returning id`,
      keep: 'id',
    },
    {
      sql: `insert into order_line (order_id, product_id, name, unit_price, quantity)
        values (:id::uuid, :first::int, 'Product ' || :first::int, ${PRICE}, 1),
          (:id::uuid, :second::int, 'Product ' || :second::int, ${PRICE}, 1)`,
    },
    {
      sql: `insert into point_entry (member_id, kind, amount, balance_after, order_id, created_at)
        values (${member}, 'PAYMENT', ${-2 * PRICE}, :balance::int8, :id::uuid, now())`,
    },
    {
      sql: `insert into idempotency_record (member_id, key, fingerprint, answer, created_at)
        values (${member}, 'by-hand-' || :key::int8, rpad('', 43, '0'), ${orderJson(member)}, now())`,
    },
    {
      sql: `insert into pgboss.job (id, name, data, expire_seconds, deletion_seconds, keep_until, retry_limit, retry_delay,
          retry_backoff, retry_delay_max, policy, dead_letter)
        select uuidv7(), name, json_build_object('id', uuidv7(), 'type', 'order.paid', 'orderId', :id::uuid, 'version', 1,
            'occurredAt', now(), 'order', ${orderJson(member)}), expire_seconds, deletion_seconds,
            now() + retention_seconds * interval '1s', retry_limit, retry_delay, retry_backoff, retry_delay_max, policy,
            dead_letter
          from pgboss.queue where name = 'data-platform'`,
    },
    { sql: 'commit' },
  ]
}

/** The steps as a pgbench script (https://www.postgresql.org/docs/current/pgbench.html). */
export function pgbenchScript(steps: Step[]): string {
  return steps.map(({ draw, sql, keep }) => (sql ? `${sql}${keep ? ' \\gset' : ';'}` : `\\set ${draw}`)).join('\n')
}

function draw(name: string, min: number, max: number): Step {
  const set = (): [string, number] => [name, min + Math.floor(Math.random() * (max - min + 1))]
  return { draw: `${name} random(${min}, ${max})`, set }
}

function orderJson(member: string): string {
  const item = (product: string) =>
    `json_build_object('productId', ${product}::int, 'name', 'Product ' || ${product}::int, 'unitPrice', ${PRICE},
      'quantity', 1, 'amount', ${PRICE})`
  return `json_build_object('id', :id::uuid, 'memberId', ${member}, 'status', 'PAID',
      'items', json_build_array(${item(':first')}, ${item(':second')}), 'total', ${2 * PRICE},
      'createdAt', now(), 'paidAt', now(), 'expiresAt', null, 'cancelledAt', null)`
}
