import { productPage } from '@jumun/contract'
import { useShop } from '@jumun/test-kit/domain-shop'
import { beforeAll, expect, test } from 'vitest'
import { createProducts } from '../../src/product/create-products.ts'
import { listProducts } from '../../src/product/read-products.ts'
import { removeProduct } from '../../src/product/write-products.ts'
import { brokenCursors, cursorOf } from '../../test-support/cursors.ts'
import { refusalOf } from '../../test-support/refusal.ts'

const shop = useShop()
let forSale: number[]

beforeAll(async () => {
  const items = Array.from({ length: 9 }, (_, index) => ({ name: index % 2 ? 'odd' : 'even', price: 1, stock: index }))
  const { ids } = await createProducts(shop.em, items)
  forSale = ids.filter((id) => id !== ids[4])
  await removeProduct(shop.em, ids[4] ?? 0)
})

async function pagesOf(input: { limit: number; search?: string }): Promise<number[][]> {
  const pages: number[][] = []
  let cursor: string | undefined
  do {
    const page = productPage.parse(await listProducts(shop.em, { ...input, cursor }))
    pages.push(page.items.map((product) => product.id))
    cursor = page.nextCursor ?? undefined
  } while (cursor)
  return pages
}

test('pages list products by id without gap or overlap, and without removed ones', async () => {
  const pages = await pagesOf({ limit: 3 })
  expect(pages.map((page) => page.length)).toEqual([3, 3, 2])
  expect(pages.flat()).toEqual(forSale)
})

test('a full last page has no next cursor', async () => {
  expect((await pagesOf({ limit: 4 })).map((page) => page.length)).toEqual([4, 4])
})

test('the pages of a search contain exactly its matches', async () => {
  const even = forSale.filter((_, index) => [0, 2, 5, 7].includes(index))
  expect(await pagesOf({ limit: 3, search: 'EVEN' })).toEqual([even.slice(0, 3), even.slice(3)])
})

test('a page starts after its cursor even if the product of the cursor was removed', async () => {
  const { items } = await listProducts(shop.em, { limit: 1, cursor: cursorOf((forSale[4] ?? 0) - 1) })
  expect(items.map((product) => product.id)).toEqual([forSale[4]])
})

test('a cursor beyond the last product returns an empty page', async () => {
  expect(await listProducts(shop.em, { limit: 1, cursor: cursorOf(2_147_483_647) })).toEqual({
    items: [],
    nextCursor: null,
  })
})

test.each([...brokenCursors, cursorOf(2 ** 31)])('the invalid cursor %j is refused', async (cursor) => {
  expect(await refusalOf(listProducts(shop.em, { limit: 1, cursor }))).toMatchObject({
    code: 'BAD_REQUEST',
    issues: [{ path: ['cursor'] }],
  })
})
