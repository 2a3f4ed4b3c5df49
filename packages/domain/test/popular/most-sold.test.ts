import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mostSold } from '../../src/popular/most-sold.ts'

const quantities = (least: number) =>
  fc
    .uniqueArray(fc.tuple(fc.integer({ min: 1, max: 80 }), fc.integer({ min: least, max: 5 })), {
      selector: ([id]) => id,
    })
    .map((pairs) => new Map(pairs))

test('the most sold products are the first ones of all products sorted by quantity', () => {
  fc.assert(
    fc.property(quantities(1), quantities(-5), fc.integer({ min: 1, max: 20 }), (window, changes, count) => {
      const sums = new Map(window)
      for (const [productId, sold] of changes) sums.set(productId, (sums.get(productId) ?? 0) + sold)
      const sorted = [...sums]
        .map(([productId, sold]) => ({ productId, sold }))
        .filter(({ sold }) => sold > 0)
        .sort((a, b) => a.productId - b.productId)
        .sort((a, b) => b.sold - a.sold)
      expect(mostSold({ window, changes }, count)).toEqual(sorted.slice(0, count))
      // Few leaders, as in a window with many more products than leaders are remembered.
      expect(mostSold({ window: new Map(window), changes }, count, 5)).toEqual(sorted.slice(0, count))
    }),
    { numRuns: 1_000 },
  )
})
