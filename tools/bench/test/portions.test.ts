import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CellPortions } from '../portions/cell-portions.ts'
import { simulatePortions } from '../portions/simulate.ts'

const between = (min: number, max: number) => fc.integer({ min, max })

/** Small shops with few units, whose messages are lost and doubled, and whose cells fail while they sell. */
const shops = fc.record({
  seed: between(1, 1_000_000),
  cells: between(1, 5),
  products: between(1, 3),
  zipf: fc.constant(0),
  units: between(1, 100),
  ordersPerSecond: fc.constant(100),
  skew: fc.constantFrom(0, 1),
  seconds: fc.constant(60),
  policy: fc.oneof(
    fc.record({ kind: fc.constant('fixed' as const), units: between(1, 50) }),
    fc.constant({ kind: 'half' as const }),
    fc.record({ kind: fc.constant('adaptive' as const), seconds: fc.constantFrom(0.1, 1) }),
  ),
  tripMs: between(0, 50),
  leaseMs: between(300, 3_000),
  waitMs: fc.constantFrom(0, 500),
  recall: fc.boolean(),
  failures: fc.array(
    fc.record({
      kind: fc.constantFrom('down' as const, 'cut' as const),
      cell: between(0, 4),
      atMs: between(0, 1_500),
      forMs: between(1, 1_000),
    }),
    { maxLength: 4 },
  ),
  loss: fc.constantFrom(0, 0.2),
  duplicates: fc.constantFrom(0, 0.3),
})

test('no unit is lost, doubled or sold twice, and every unit is sold in the end', () => {
  fc.assert(
    fc.property(shops, (shop) => {
      // Without recall, what an idle cell has comes back with its lease.
      expect(simulatePortions(shop)).toMatchObject({ soldOut: true, placed: shop.products * shop.units })
    }),
    { numRuns: 300 },
  )
})

test('the same seed gives the same figures', () => {
  fc.assert(
    fc.property(shops, (shop) => {
      expect(simulatePortions(shop)).toEqual(simulatePortions(shop))
    }),
    { numRuns: 5 },
  )
})

test('a cell gives half of a portion back, but not what its own orders are about to take', () => {
  const leftAfter = (left: number, ownOrders: number) => {
    const portions = new CellPortions()
    portions.receive({ id: 'one', product: 0, cell: 0, quantity: left, expiresAt: 0 })
    portions.split('one', ownOrders)
    return portions.free
  }
  expect(leftAfter(9, 0)).toBe(4)
  expect(leftAfter(9, 6)).toBe(6)
  expect(leftAfter(1, 1)).toBe(1)
  expect(leftAfter(1, 0)).toBe(0)
})
