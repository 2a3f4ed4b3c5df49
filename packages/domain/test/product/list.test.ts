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

test('pages by id without gap or overlap, without what was removed', async () => {
  const pages = await pagesOf({ limit: 3 })
  expect(pages.map((page) => page.length)).toEqual([3, 3, 2])
  expect(pages.flat()).toEqual(forSale)
})

test('a full last page says that it is the last', async () => {
  expect((await pagesOf({ limit: 4 })).map((page) => page.length)).toEqual([4, 4])
})

test('pages of a search', async () => {
  const even = forSale.filter((_, index) => [0, 2, 5, 7].includes(index))
  expect(await pagesOf({ limit: 3, search: 'EVEN' })).toEqual([even.slice(0, 3), even.slice(3)])
})

test('a page begins after its cursor though the product of the cursor is gone', async () => {
  const { items } = await listProducts(shop.em, { limit: 1, cursor: cursorOf((forSale[4] ?? 0) - 1) })
  expect(items.map((product) => product.id)).toEqual([forSale[4]])
})

test('a cursor beyond the last product gives an empty page', async () => {
  expect(await listProducts(shop.em, { limit: 1, cursor: cursorOf(2_147_483_647) })).toEqual({
    items: [],
    nextCursor: null,
  })
})

test.each([...brokenCursors, cursorOf(2 ** 31)])('the broken cursor %j is refused', async (cursor) => {
  expect(await refusalOf(listProducts(shop.em, { limit: 1, cursor }))).toMatchObject({
    code: 'BAD_REQUEST',
    issues: [{ path: ['cursor'] }],
  })
})
