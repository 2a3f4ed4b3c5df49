import { adminProductPage, searchProductsInput } from '@jumun/contract'
import { useShop } from '@jumun/test-kit/domain-shop'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import type { z } from 'zod'
import { createProducts } from '../../src/product/create-products.ts'
import { findProductsByKeys, searchProducts } from '../../src/product/search-products.ts'
import { removeProduct } from '../../src/product/write-products.ts'
import { brokenCursors } from '../../test-support/cursors.ts'
import { refusalOf } from '../../test-support/refusal.ts'

type Filters = Omit<z.input<typeof searchProductsInput>, 'cursor' | 'limit'>

const shop = useShop()
const names = ['Green tea', 'Tea, iced', '한라봉 차', '100% juice']
const products: { id: number; name: string; stock: number; key: string; removed: boolean }[] = []

beforeAll(async () => {
  const items = Array.from({ length: 24 }, (_, index) => ({
    name: names[index % names.length] ?? '',
    price: 100,
    stock: index % 7,
    key: `K-${index}`,
  }))
  const { ids } = await createProducts(shop.em, items)
  for (const [index, item] of items.entries()) {
    const id = ids[index] ?? 0
    const removed = index % 3 === 1
    if (removed) await removeProduct(shop.em, id)
    products.push({ ...item, id, removed })
  }
})

async function readAll(filters: Filters, limit: number): Promise<number[]> {
  const found: number[] = []
  let cursor: string | undefined
  do {
    const input = searchProductsInput.parse({ ...filters, limit, cursor })
    const page = adminProductPage.parse(await searchProducts(shop.em, input))
    expect(page.items.length).toBeLessThanOrEqual(limit)
    found.push(...page.items.map(({ id }) => id))
    cursor = page.nextCursor ?? undefined
  } while (cursor)
  return found
}

function matches(product: (typeof products)[number], { search = '', removed = 'exclude', maxStock = 9 }: Filters) {
  const isListed = removed === 'include' || (removed === 'only') === product.removed
  return isListed && product.stock <= maxStock && product.name.toLowerCase().includes(search.toLowerCase())
}

const anyFilters: fc.Arbitrary<Filters> = fc.record(
  {
    search: fc.constantFrom('tea', 'TEA,', 't', '차', '0%', 'ice', 'coffee'),
    removed: fc.constantFrom('exclude' as const, 'include' as const, 'only' as const),
    maxStock: fc.integer({ min: 0, max: 7 }),
  },
  { requiredKeys: [], noNullPrototype: true },
)

test('the pages of any combination of filters hold what a naive search finds', async () => {
  await fc.assert(
    fc.asyncProperty(anyFilters, fc.constantFrom(1, 4, 100), async (filters, limit) => {
      const expected = products.filter((product) => matches(product, filters)).map(({ id }) => id)
      expect(await readAll(filters, limit)).toEqual(expected)
    }),
    { numRuns: 60, seed: 13 },
  )
})

test('products are found by their keys, in the order of the keys, also removed ones', async () => {
  const found = await findProductsByKeys(shop.em, ['K-4', 'none', 'K-0', 'K-4', 'k-0', "'; --"])
  expect(found).toEqual([
    { id: products[4]?.id, name: 'Green tea', price: 100, stock: 4, key: 'K-4', removedAt: expect.any(String) },
    { id: products[0]?.id, name: 'Green tea', price: 100, stock: 0, key: 'K-0', removedAt: null },
  ])
})

test.each(brokenCursors.filter((cursor) => cursor !== ''))('the broken cursor %j is refused', async (cursor) => {
  const refusal = await refusalOf(searchProducts(shop.em, { limit: 1, removed: 'include', cursor }))
  expect(refusal).toMatchObject({ code: 'BAD_REQUEST', issues: [{ path: ['cursor'] }] })
})
