import type { PulseSample } from '@jumun/client'
import { expect, test } from 'vitest'
import { parseDeliverySearch } from '../../src/console/delivery/delivery-search.ts'
import { byMinute, meanOfLast, refusalsByCode, summarize } from '../../src/console/now/summarize.ts'
import { concernsRanking } from '../../src/console/popular/concerns-ranking.ts'
import { parsePopularSearch } from '../../src/console/popular/popular-search.ts'

const sample = (at: string, changes: Partial<PulseSample>): PulseSample => ({
  at,
  orders: 0,
  paid: 0,
  revenue: 0,
  refusals: {},
  calls: 0,
  p50Ms: null,
  p99Ms: null,
  eventsWaiting: null,
  oldestEventSeconds: null,
  poolUsed: 0,
  poolMax: 10,
  poolWaiting: 0,
  streams: 0,
  ...changes,
})

const samples = [
  sample('2026-11-27T09:00:58.000Z', { orders: 4, p50Ms: 2, refusals: { OUT_OF_STOCK: 1 } }),
  sample('2026-11-27T09:00:59.000Z', { orders: 2, refusals: { OUT_OF_STOCK: 1, CART_EMPTY: 3 } }),
  sample('2026-11-27T09:01:00.000Z', { orders: 0 }),
]

test('figures are summed up, and seconds without a number count as none', () => {
  expect(summarize(samples, ({ orders }) => orders)).toEqual({ last: 0, max: 4, sum: 6 })
  expect(summarize(samples, ({ p50Ms }) => p50Ms)).toEqual({ last: 2, max: 2, sum: 2 })
  expect(meanOfLast(samples, ({ orders }) => orders, 2)).toBe(1)
  expect(byMinute(samples, ({ p50Ms }) => p50Ms)).toEqual([
    { at: Date.parse('2026-11-27T09:01:00Z'), mean: null, max: null },
    { at: Date.parse('2026-11-27T09:00:00Z'), mean: 2, max: 2 },
  ])
  expect(refusalsByCode(samples)).toEqual([
    ['CART_EMPTY', 3],
    ['OUT_OF_STOCK', 2],
  ])
})

test('links that were written by hand show what they can', () => {
  expect(parsePopularSearch({ days: '7', limit: 20 })).toEqual({ days: 7, limit: 20 })
  expect(parsePopularSearch({ days: 31, limit: 7 })).toEqual({})
  expect(parseDeliverySearch({ state: 'waiting', reason: 404 })).toEqual({ state: 'waiting', reason: '404' })
  expect(parseDeliverySearch({ state: 'gone', reason: 'x'.repeat(201) })).toEqual({})
})

test('the ranking is read again after sales and changes of products, not after everything that happens', () => {
  const all = ['order.placed', 'order.paid', 'order.cancelled', 'order.expired', 'stock.changed'] as const
  const others = ['product.created', 'product.updated', 'product.removed', 'points.changed'] as const
  expect([...all, ...others].filter((type) => concernsRanking({ type }))).toEqual([
    'order.paid',
    'order.cancelled',
    'product.updated',
    'product.removed',
  ])
})
