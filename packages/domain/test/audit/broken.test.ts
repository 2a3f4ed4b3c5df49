import { AUDIT_MAX_IDS } from '@jumun/contract'
import { expect, test } from 'vitest'
import { auditShop } from '../../src/audit/audit-shop.ts'
import { invariants } from '../../src/audit/invariants.ts'
import { DEAD_LETTERS } from '../../src/delivery/outbox.ts'
import { type Shelf, useBreakableShop } from './breakable-shop.ts'

const shop = useBreakableShop()

const NOBODYS = '019310a4-6f00-7000-8000-000000000001'

interface Break {
  /** What was done to the shop. */
  what: string
  invariant: string
  sql: (shelf: Shelf) => string
  /** What the audit names; ids that only the database knows, by an event's order or an entry's kind. */
  names: (shelf: Shelf) => unknown[]
}

const someId = expect.stringMatching(/^[\da-f-]{36}$|^\d+$/)
const event = ({ paid }: Shelf) => `name = 'data-platform' and data->>'orderId' = '${paid}'`
const set = (path: string, json: string, shelf: Shelf) =>
  `update pgboss.job set data = jsonb_set(data, '{${path}}', '${json}') where ${event(shelf)}`

const breaks: Break[] = [
  {
    what: 'more was sold than there was',
    invariant: 'stock-not-negative',
    sql: () => 'update product_stock set received = received - quantity - 1, quantity = -1',
    names: ({ product }) => [String(product)],
  },
  {
    what: 'a piece of stock is lost',
    invariant: 'stock-adds-up',
    sql: () => 'update product_stock set quantity = quantity - 1',
    names: ({ product }) => [String(product)],
  },
  {
    what: 'the stock of what was sold is gone',
    invariant: 'stock-adds-up',
    sql: () => 'delete from product_stock',
    names: ({ product }) => [String(product)],
  },
  {
    what: 'a member has less than nothing',
    invariant: 'balance-in-range',
    sql: ({ other }) => `insert into point_entry (member_id, kind, amount, balance_after, created_at)
        select member_id, 'USE', -balance - 1, -1, now() from point_account where member_id = '${other}';
      update point_account set balance = -1 where member_id = '${other}'`,
    names: ({ other }) => [other],
  },
  {
    what: 'a balance grew by itself',
    invariant: 'balance-is-ledger-sum',
    sql: ({ member }) => `update point_account set balance = balance + 1 where member_id = '${member}'`,
    names: ({ member }) => [member],
  },
  {
    what: 'an account is gone whose ledger is there',
    invariant: 'balance-is-ledger-sum',
    sql: ({ other }) => `delete from point_account where member_id = '${other}'`,
    names: ({ other }) => [other],
  },
  {
    what: 'an entry tells another balance than the entries before it come to',
    invariant: 'ledger-continues',
    sql: () => `update point_entry set balance_after = balance_after + 1 where kind = 'REFUND'`,
    names: () => [someId],
  },
  {
    what: 'an order costs more than its lines',
    invariant: 'total-is-line-sum',
    sql: ({ pending }) => `update "order" set total = total + 1 where id = '${pending}'`,
    names: ({ pending }) => [pending],
  },
  {
    what: 'a line is of no order',
    invariant: 'total-is-line-sum',
    sql: ({ product }) => `insert into order_line values ('${NOBODYS}', ${product}, 'Tea', 1, 1)`,
    names: () => [NOBODYS],
  },
  {
    what: 'a paid order was not paid',
    invariant: 'paid-once',
    sql: ({ paid }) => `update point_entry set kind = 'USE', order_id = null where order_id = '${paid}'`,
    names: ({ paid }) => [paid],
  },
  {
    what: 'an order was paid twice',
    invariant: 'paid-once',
    sql: ({ paid, member }) => `insert into point_entry (member_id, kind, amount, balance_after, order_id, created_at)
        select member_id, 'PAYMENT', -1000, balance - 1000, '${paid}', now() from point_account where member_id = '${member}';
      update point_account set balance = balance - 1000 where member_id = '${member}'`,
    names: ({ paid }) => [paid],
  },
  {
    what: 'an order was paid that waits for its payment',
    invariant: 'paid-once',
    sql: ({ pending }) => `update point_entry set kind = 'PAYMENT', order_id = '${pending}' where kind = 'USE'`,
    names: ({ pending }) => [pending],
  },
  {
    what: 'an order was paid with another amount than its total',
    invariant: 'paid-once',
    sql: ({ paidLater }) => `update "order" set total = total + 1 where id = '${paidLater}';
      update order_line set unit_price = unit_price + 1 where order_id = '${paidLater}';
      delete from pgboss.job where data->>'orderId' = '${paidLater}'`,
    names: ({ paidLater }) => [paidLater],
  },
  {
    what: "an order was paid with another member's points",
    invariant: 'paid-once',
    sql: ({ paidLater, other }) => `update "order" set member_id = '${other}' where id = '${paidLater}';
      delete from pgboss.job where data->>'orderId' = '${paidLater}'`,
    names: ({ paidLater }) => [paidLater],
  },
  {
    what: 'a payment is of no order',
    invariant: 'paid-once',
    sql: () => `update point_entry set kind = 'PAYMENT', order_id = '${NOBODYS}' where kind = 'USE'`,
    names: () => [NOBODYS],
  },
  {
    what: 'a cancelled order was not refunded',
    invariant: 'refunded-once',
    sql: () => `update point_entry set kind = 'CHARGE', order_id = null where kind = 'REFUND'`,
    names: ({ cancelled }) => [cancelled],
  },
  {
    what: 'an order was refunded that stands',
    invariant: 'refunded-once',
    sql: ({ paid, other }) =>
      `update point_entry set kind = 'REFUND', order_id = '${paid}' where member_id = '${other}'`,
    names: ({ paid }) => [paid],
  },
  {
    what: 'an order expired that never could',
    invariant: 'status-fits-times',
    sql: ({ expired }) => `update "order" set expires_at = null where id = '${expired}'`,
    names: ({ expired }) => [expired],
  },
  {
    what: 'an order was paid when it had expired',
    invariant: 'status-fits-times',
    sql: ({ paidLater }) => `update "order" set expires_at = paid_at where id = '${paidLater}'`,
    names: ({ paidLater }) => [paidLater],
  },
  {
    what: 'an order has a status that there is not',
    invariant: 'status-fits-times',
    sql: ({ expired }) => `update "order" set status = 'LOST', version = 1 where id = '${expired}'`,
    names: ({ expired }) => [expired],
  },
  {
    what: 'an order changed more often than it could',
    invariant: 'version-counts-changes',
    sql: ({ cancelled }) => `update "order" set version = version + 1 where id = '${cancelled}'`,
    names: ({ cancelled }) => [cancelled],
  },
  {
    what: 'a key has two answers',
    invariant: 'one-answer-a-key',
    sql: () => 'insert into idempotency_record table idempotency_record',
    names: ({ member }) => [`${member} a-key`],
  },
  {
    what: 'a key remembers an order that is not there',
    invariant: 'answers-name-orders',
    sql: () => `update idempotency_record set answer = '{"id":"${NOBODYS}"}'`,
    names: ({ member }) => [`${member} a-key`],
  },
  {
    what: "a key remembers another member's order",
    invariant: 'answers-name-orders',
    sql: ({ other }) => `update idempotency_record set member_id = '${other}'`,
    names: ({ other }) => [`${other} a-key`],
  },
  ...['orderId', 'type', 'version', 'order,total', 'order,memberId'].flatMap((path) =>
    ['"order.cancelled"', '99'].map((json) => ({
      what: `an event has ${json} for its ${path}`,
      invariant: 'events-tell-of-orders',
      sql: (shelf: Shelf) => set(path, json, shelf),
      names: () => [someId],
    })),
  ),
  {
    what: 'a dead letter tells of nothing',
    invariant: 'events-tell-of-orders',
    sql: (shelf) => `update pgboss.job set data = '{}' where ${event(shelf)};
      update pgboss.job set name = '${DEAD_LETTERS}' where data = '{}'`,
    names: () => [someId],
  },
  {
    what: 'a sale was counted that was none',
    invariant: 'popular-hours-count-orders',
    sql: () => 'update popular_hour set sold = sold + 1',
    names: ({ hour, product }) => [`${hour} ${product}`],
  },
  {
    what: 'a sale was not counted',
    invariant: 'popular-hours-count-orders',
    sql: () => 'delete from popular_hour',
    names: ({ hour, product }) => [`${hour} ${product}`],
  },
]

async function brokenOnes() {
  const { holds, invariants } = await auditShop(shop.em)
  const broken = invariants.filter((invariant) => invariant.broken > 0)
  expect(holds).toBe(broken.length === 0)
  return broken.map(({ name, broken, ids }) => ({ name, broken, ids }))
}

test('nothing is broken where nobody broke anything, and everything was looked at', async () => {
  const { holds, invariants } = await auditShop(shop.em)
  expect(holds).toBe(true)
  expect(Object.fromEntries(invariants.map(({ name, checked }) => [name, checked]))).toEqual({
    'stock-not-negative': 1,
    'stock-adds-up': 1,
    'balance-in-range': 2,
    'balance-is-ledger-sum': 2,
    'ledger-continues': 7,
    'total-is-line-sum': 5,
    'paid-once': 5,
    'refunded-once': 5,
    'status-fits-times': 5,
    'version-counts-changes': 5,
    'one-answer-a-key': 1,
    'answers-name-orders': 1,
    'events-tell-of-orders': 4,
    'popular-hours-count-orders': 1,
  })
})

test.each(breaks)('$what: the audit names it and nothing else', async ({ invariant, sql, names }) => {
  await shop.sql(sql(shop.shelf))
  const ids = names(shop.shelf)
  expect(await brokenOnes()).toEqual([{ name: invariant, broken: ids.length, ids }])
})

test('every invariant is broken here', () => {
  const broken = new Set(breaks.map(({ invariant }) => invariant))
  expect([...broken].toSorted()).toEqual(invariants.map(({ name }) => name).toSorted())
})

test('of many that break an invariant the first are named, and all are counted', async () => {
  await shop.sql(`insert into product_stock select 1000 + n, 1, 0 from generate_series(1, 250) n`)
  const [broken, ...others] = await brokenOnes()
  expect(others).toEqual([])
  expect(broken).toMatchObject({ name: 'stock-adds-up', broken: 250 })
  expect(broken?.ids).toEqual(Array.from({ length: AUDIT_MAX_IDS }, (_, index) => String(1001 + index)))
})
