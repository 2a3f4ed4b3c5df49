import type { PointEntry } from '@jumun/client'
import { expect, test } from 'vitest'
import { toCsvLine } from '../../src/console/components/csv.ts'
import { addUp } from '../../src/console/members/add-up.ts'
import { matchesFilter, parseOrderSearch, toOrderFilter } from '../../src/console/orders/order-search.ts'

const entry = (id: number, amount: number, balanceAfter: number) => ({ id, amount, balanceAfter }) as PointEntry

test('a ledger whose balances follow from each other adds up', () => {
  const entries = [entry(3, -200, 1_300), entry(2, 500, 1_500), entry(1, 1_000, 1_000)]
  expect(addUp(entries, true)).toEqual({ added: 3, sum: 1_300, broken: new Set() })
  // The oldest that was read may have others before it.
  expect(addUp(entries.slice(0, 2), false).broken.size).toBe(0)
})

test('a balance that does not follow from the one before is named, and a ledger that does not begin at nothing', () => {
  expect(addUp([entry(2, 500, 1_600), entry(1, 1_000, 1_000)], true).broken).toEqual(new Set([2]))
  expect(addUp([entry(1, 1_000, 1_500)], true).broken).toEqual(new Set([1]))
})

test('a spreadsheet never runs what stands in a CSV file', () => {
  for (const text of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1']) expect(toCsvLine([text])).toMatch(/^"?'/)
  expect(toCsvLine(['a "b", c', -5, null, 'd'])).toBe('"a ""b"", c",-5,,d\r\n')
})

test('a link with nonsense in it is a link with what is left of it', () => {
  const raw = {
    status: 'PAID,LOST',
    member: 7,
    product: '3',
    min: -1,
    max: 'x',
    from: 'yesterday',
    to: '2026-01-01',
    text: 'a b',
    other: 1,
  }
  expect(parseOrderSearch(raw)).toEqual({ status: 'PAID', member: '7', product: 3, to: '2026-01-01T00:00:00.000Z' })
  expect(parseOrderSearch({ status: ['PAID'], text: { a: 1 } })).toEqual({ status: 'PAID' })
})

test('a new order is counted where the list would have it', () => {
  const order = {
    id: '019310a4-6f00-7000-8000-000000000001',
    memberId: 'mina',
    status: 'PAID' as const,
    items: [{ productId: 1, name: 'Tea', unitPrice: 100, quantity: 1, amount: 100 }],
    total: 100,
    createdAt: '2026-01-15T03:00:00.000Z',
    paidAt: null,
    expiresAt: null,
    cancelledAt: null,
  }
  const matches = (raw: Record<string, unknown>) => matchesFilter(order, toOrderFilter(parseOrderSearch(raw)))
  for (const raw of [
    {},
    { status: 'PAID' },
    { member: 'mina' },
    { product: 1 },
    { min: 100, max: 100 },
    { text: 'mi' },
    { text: '019310A4' },
    { from: order.createdAt },
  ])
    expect(matches(raw)).toBe(true)
  for (const raw of [
    { status: 'EXPIRED' },
    { member: 'min' },
    { product: 2 },
    { min: 101 },
    { max: 99 },
    { text: 'in' },
    { to: order.createdAt },
  ])
    expect(matches(raw)).toBe(false)
})
