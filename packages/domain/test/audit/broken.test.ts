import { AUDIT_MAX_IDS } from '@jumun/contract'
import { expect, test } from 'vitest'
import { auditShop } from '../../src/audit/audit-shop.ts'
import { invariants } from '../../src/audit/invariants.ts'
import { type Fixture, useBreakableShop } from './breakable-shop.ts'

const shop = useBreakableShop()

const MISSING_ORDER = '019310a4-6f00-7000-8000-000000000001'

interface Violation {
  /** How the shop is broken, as the condition in the title of the test. */
  violation: string
  invariant: string
  sql: (fixture: Fixture) => string
  /** The ids that the audit reports. */
  ids: (fixture: Fixture) => unknown[]
}

const someId = expect.stringMatching(/^[\da-f-]{36}$|^\d+$/)
const event = ({ paid }: Fixture) => `order_id = '${paid}'`
const set = (path: string, json: string, fixture: Fixture) =>
  `update undelivered_event set event = jsonb_set(event::jsonb, '{${path}}', '${json}')::json where ${event(fixture)}`

const violations: Violation[] = [
  {
    violation: 'a stock is negative',
    invariant: 'stock-not-negative',
    sql: () => 'update product_stock set received = received - quantity - 1, quantity = -1',
    ids: ({ product }) => [String(product)],
  },
  {
    violation: 'a stock is one unit too low',
    invariant: 'stock-adds-up',
    sql: () => 'update product_stock set quantity = quantity - 1',
    ids: ({ product }) => [String(product)],
  },
  {
    violation: 'a sold product has no stock row',
    invariant: 'stock-adds-up',
    sql: () => 'delete from product_stock',
    ids: ({ product }) => [String(product)],
  },
  {
    violation: 'a balance is negative',
    invariant: 'balance-in-range',
    sql: ({ other }) => `insert into point_entry (member_id, kind, amount, balance_after, created_at)
        select member_id, 'USE', -balance - 1, -1, now() from point_account where member_id = '${other}';
      update point_account set balance = -1 where member_id = '${other}'`,
    ids: ({ other }) => [other],
  },
  {
    violation: 'a balance exceeds its ledger entries',
    invariant: 'balance-is-ledger-sum',
    sql: ({ member }) => `update point_account set balance = balance + 1 where member_id = '${member}'`,
    ids: ({ member }) => [member],
  },
  {
    violation: 'a member with entries has no account',
    invariant: 'balance-is-ledger-sum',
    sql: ({ other }) => `delete from point_account where member_id = '${other}'`,
    ids: ({ other }) => [other],
  },
  {
    violation: 'a balance after a ledger entry is wrong',
    invariant: 'ledger-continues',
    sql: () => `update point_entry set balance_after = balance_after + 1 where kind = 'REFUND'`,
    ids: () => [someId],
  },
  {
    violation: 'the total of an order exceeds its lines',
    invariant: 'total-is-line-sum',
    sql: ({ pending }) => `update "order" set total = total + 1 where id = '${pending}'`,
    ids: ({ pending }) => [pending],
  },
  {
    violation: 'an order line names a missing order',
    invariant: 'total-is-line-sum',
    sql: ({ product }) => `insert into order_line values ('${MISSING_ORDER}', ${product}, 'Tea', 1, 1)`,
    ids: () => [MISSING_ORDER],
  },
  {
    violation: 'a paid order has no PAYMENT entry',
    invariant: 'paid-once',
    sql: ({ paid }) => `update point_entry set kind = 'USE', order_id = null where order_id = '${paid}'`,
    ids: ({ paid }) => [paid],
  },
  {
    violation: 'an order has two PAYMENT entries',
    invariant: 'paid-once',
    sql: ({ paid, member }) => `insert into point_entry (member_id, kind, amount, balance_after, order_id, created_at)
        select member_id, 'PAYMENT', -1000, balance - 1000, '${paid}', now() from point_account where member_id = '${member}';
      update point_account set balance = balance - 1000 where member_id = '${member}'`,
    ids: ({ paid }) => [paid],
  },
  {
    violation: 'an unpaid order has a PAYMENT entry',
    invariant: 'paid-once',
    sql: ({ pending }) => `update point_entry set kind = 'PAYMENT', order_id = '${pending}' where kind = 'USE'`,
    ids: ({ pending }) => [pending],
  },
  {
    violation: 'a PAYMENT entry differs from the total',
    invariant: 'paid-once',
    sql: ({ paidLater }) => `update "order" set total = total + 1 where id = '${paidLater}';
      update order_line set unit_price = unit_price + 1 where order_id = '${paidLater}';
      delete from undelivered_event where order_id = '${paidLater}'`,
    ids: ({ paidLater }) => [paidLater],
  },
  {
    violation: 'a PAYMENT entry has the wrong member',
    invariant: 'paid-once',
    sql: ({ paidLater, other }) => `update "order" set member_id = '${other}' where id = '${paidLater}';
      delete from undelivered_event where order_id = '${paidLater}'`,
    ids: ({ paidLater }) => [paidLater],
  },
  {
    violation: 'a PAYMENT entry names a missing order',
    invariant: 'paid-once',
    sql: () => `update point_entry set kind = 'PAYMENT', order_id = '${MISSING_ORDER}' where kind = 'USE'`,
    ids: () => [MISSING_ORDER],
  },
  {
    violation: 'a cancelled order has no REFUND entry',
    invariant: 'refunded-once',
    sql: () => `update point_entry set kind = 'CHARGE', order_id = null where kind = 'REFUND'`,
    ids: ({ cancelled }) => [cancelled],
  },
  {
    violation: 'a paid order has a REFUND entry',
    invariant: 'refunded-once',
    sql: ({ paid, other }) =>
      `update point_entry set kind = 'REFUND', order_id = '${paid}' where member_id = '${other}'`,
    ids: ({ paid }) => [paid],
  },
  {
    violation: 'an expired order has no expiry time',
    invariant: 'status-fits-times',
    sql: ({ expired }) => `update "order" set expires_at = null where id = '${expired}'`,
    ids: ({ expired }) => [expired],
  },
  {
    violation: 'an order was paid at its expiry time',
    invariant: 'status-fits-times',
    sql: ({ paidLater }) => `update "order" set expires_at = paid_at where id = '${paidLater}'`,
    ids: ({ paidLater }) => [paidLater],
  },
  {
    violation: 'an order has an unknown status',
    invariant: 'status-fits-times',
    sql: ({ expired }) => `update "order" set status = 'LOST', version = 1 where id = '${expired}'`,
    ids: ({ expired }) => [expired],
  },
  {
    violation: 'the version of an order is too high',
    invariant: 'version-counts-changes',
    sql: ({ cancelled }) => `update "order" set version = version + 1 where id = '${cancelled}'`,
    ids: ({ cancelled }) => [cancelled],
  },
  {
    violation: 'an idempotency key has two records',
    invariant: 'one-answer-a-key',
    sql: () => 'insert into idempotency_record table idempotency_record',
    ids: ({ member }) => [`${member} a-key`],
  },
  {
    violation: 'a record of a key names a missing order',
    invariant: 'answers-name-orders',
    sql: () => `update idempotency_record set answer = '{"id":"${MISSING_ORDER}"}'`,
    ids: ({ member }) => [`${member} a-key`],
  },
  {
    violation: 'a record of a key has the wrong member',
    invariant: 'answers-name-orders',
    sql: ({ other }) => `update idempotency_record set member_id = '${other}'`,
    ids: ({ other }) => [`${other} a-key`],
  },
  ...['data,order,id', 'type', 'data,version', 'data,order,total', 'data,order,memberId'].flatMap((path) =>
    ['"order.cancelled"', '99'].map((json) => ({
      violation: `${path} of an event is ${json}`,
      invariant: 'events-match-orders',
      sql: (fixture: Fixture) => set(path, json, fixture),
      ids: () => [someId],
    })),
  ),
  {
    violation: 'a dead letter is empty',
    invariant: 'events-match-orders',
    sql: (fixture) => `update undelivered_event set event = '{}', due_at = null where ${event(fixture)}`,
    ids: () => [someId],
  },
  {
    violation: 'an event in the feed names a missing order',
    invariant: 'events-match-orders',
    sql: ({ paid }) => `insert into change (events, outgoing)
      select jsonb_build_array(jsonb_set(event::jsonb, '{data,order,id}', '"${MISSING_ORDER}"')), 1
        from undelivered_event where order_id = '${paid}'`,
    ids: () => [someId],
  },
  {
    violation: 'an hourly total exceeds the paid orders',
    invariant: 'popular-hours-count-orders',
    sql: () => 'update popular_hour set sold = sold + 1',
    ids: ({ hour, product }) => [`${hour} ${product}`],
  },
  {
    violation: 'an hourly total is missing',
    invariant: 'popular-hours-count-orders',
    sql: () => 'delete from popular_hour',
    ids: ({ hour, product }) => [`${hour} ${product}`],
  },
]

async function findViolations() {
  const { holds, invariants } = await auditShop(shop.em)
  const broken = invariants.filter((invariant) => invariant.broken > 0)
  expect(holds).toBe(broken.length === 0)
  return broken.map(({ name, broken, ids }) => ({ name, broken, ids }))
}

test('the audit of an intact shop checks every row and finds no violation', async () => {
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
    'events-match-orders': 4,
    'popular-hours-count-orders': 1,
  })
})

test.each(violations)(
  'if $violation, the audit reports exactly the broken invariant and its ids',
  async ({ invariant, sql, ids: idsIn }) => {
    await shop.sql(sql(shop.fixture))
    const ids = idsIn(shop.fixture)
    expect(await findViolations()).toEqual([{ name: invariant, broken: ids.length, ids }])
  },
)

test('these tests violate every invariant', () => {
  const broken = new Set(violations.map(({ invariant }) => invariant))
  expect([...broken].toSorted()).toEqual(invariants.map(({ name }) => name).toSorted())
})

test('the audit counts all violations of an invariant and reports the first ids', async () => {
  await shop.sql(`insert into product_stock select 1000 + n, 1, 0 from generate_series(1, 250) n`)
  const [broken, ...others] = await findViolations()
  expect(others).toEqual([])
  expect(broken).toMatchObject({ name: 'stock-adds-up', broken: 250 })
  expect(broken?.ids).toEqual(Array.from({ length: AUDIT_MAX_IDS }, (_, index) => String(1001 + index)))
})
