import { listOrdersInput, MAX_ITEMS } from '@jumun/contract'
import { useShop } from '@jumun/test-kit/domain-shop'
import { beforeAll, expect, test } from 'vitest'
import { listOrders } from '../../src/order/read-orders.ts'
import { createProducts } from '../../src/product/create-products.ts'
import { useExplainer } from '../../test-support/query-plan.ts'

const shop = useShop()
const explainer = useExplainer(shop)
const memberId = 'mina'
const ORDERS = 12

beforeAll(async () => {
  const products = Array.from({ length: MAX_ITEMS }, () => ({ name: 'Hallabong tea', price: 1, stock: 1_000 }))
  const { ids } = await createProducts(shop.em, products)
  const items = ids.map((productId) => ({ productId, quantity: 1 }))
  for (let count = 0; count < ORDERS; count++) {
    await shop.place({ memberId, items: count === 6 ? items.slice(0, 1) : items, payment: 'later' })
  }
  await shop.em.execute('vacuum analyze')
})

async function pagesOf(limit: number): Promise<string[][]> {
  const pages: string[][] = []
  let cursor: string | undefined
  do {
    const page = await listOrders(shop.em, listOrdersInput.parse({ memberId, limit, cursor }))
    pages.push(page.items.map(({ id, items }) => `${id} ${items.length}`))
    cursor = page.nextCursor ?? undefined
  } while (cursor)
  return pages
}

test('a page of orders ends before 500 lines are exceeded, and its cursor continues without gap or overlap', async () => {
  const pages = await pagesOf(100)
  expect(pages.map((page) => page.length)).toEqual([5, 5, 2])
  expect(pages.flat()).toEqual((await pagesOf(1)).flat())
  expect(new Set(pages.flat()).size).toBe(ORDERS)
  expect((await pagesOf(3)).map((page) => page.length)).toEqual([3, 3, 3, 3])
})

test('a page of orders reads no more lines than it may hold, regardless of how many orders were requested', async () => {
  const [plan] = await explainer.plansOf((em) => listOrders(em, { memberId, limit: 100 }))
  // The plan counts each row twice: where it scans it, and where it joins it. All lines of the orders would be 2,202.
  expect(plan?.rowsRead).toBeLessThanOrEqual(2 * (500 + MAX_ITEMS))
})
