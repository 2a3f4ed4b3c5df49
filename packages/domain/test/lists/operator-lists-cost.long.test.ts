import {
  listMembersInput,
  MAX_LOOKED_AT,
  type OrderStatus,
  searchOrdersInput,
  searchProductsInput,
} from '@jumun/contract'
import { useShop } from '@jumun/test-kit/domain-shop'
import { beforeAll, expect, test } from 'vitest'
import { searchOrders } from '../../src/order/search-orders.ts'
import { listMembers } from '../../src/point/list-members.ts'
import { searchProducts } from '../../src/product/search-products.ts'
import { cursorOf } from '../../test-support/cursors.ts'
import { useExplainer } from '../../test-support/query-plan.ts'

const shop = useShop()
const explainer = useExplainer(shop)

const COUNT = 60_000
const LIMIT = 20

/** Ids in the order of time, one each millisecond. */
const START = 0x019310a46f00
const orderId = `(lpad(to_hex(${START}::bigint + i), 12, '0') || '7000800000000000000a')::uuid`
const status = `case when i % 1000 = 7 then 'CANCELLED' when i % 5000 = 9 then 'EXPIRED' else 'PAID' end`
const timeOf = (i: number) => new Date(START + i).toISOString()
const idOf = (i: number) => {
  const time = (START + i).toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-00000000000a`
}

beforeAll(async () => {
  for (const sql of [
    `insert into product (name, price, removed_at)
       select 'Product ' || i, 1000, case when i % 1000 = 0 then now() end from generate_series(1, ${COUNT}) i`,
    `insert into product_stock select id, case when id in (5, ${COUNT - 1}) then 0 else 100 end, 100 from product`,
    `insert into point_account (member_id, balance) select 'member-' || i, i from generate_series(1, ${COUNT / 10}) i`,
    `insert into "order" (id, member_id, status, total, version, created_at, paid_at, expires_at, cancelled_at)
       select ${orderId}, 'member-' || (1 + i % ${COUNT / 10}), ${status}, 1 + i % 100, 1, now(),
              case ${status} when 'PAID' then now() end, case ${status} when 'EXPIRED' then now() end,
              case ${status} when 'CANCELLED' then now() end
         from generate_series(1, ${COUNT}) i`,
    `insert into order_line (order_id, product_id, name, unit_price, quantity)
       select ${orderId}, 1 + i % 1000, 'Product', 1, 1 from generate_series(1, ${COUNT}) i`,
    'vacuum analyze',
  ]) {
    await shop.em.execute(sql)
  }
})

/** The plans of the statements of one page, of which none may scan a table sequentially; and the rows that they read. */
async function rowsReadBy(read: (em: typeof shop.em) => Promise<unknown>): Promise<number> {
  const plans = (await explainer.plansOf(read)).filter(({ scans }) => scans.length > 0)
  expect(plans.filter(({ scans }) => scans.some((scan) => scan.startsWith('Seq Scan')))).toEqual([])
  return plans.reduce((sum, { rowsRead }) => sum + rowsRead, 0)
}

const rare: OrderStatus[] = ['CANCELLED', 'EXPIRED']

test.each([
  ['no filter', {}, 3_000],
  ['a status of few orders', { status: rare }, 1_000],
  ['a time', { from: timeOf(30_000), to: timeOf(30_100) }, 1_000],
  ['an order id', { text: idOf(77) }, 200],
  ['a member', { memberId: 'member-77' }, 200],
  ['the beginning of few member ids', { text: 'member-555' }, 1_500],
  ['a member and a time', { memberId: 'member-77', from: timeOf(30_000), to: timeOf(55_000) }, 200],
])('a search by %s reads only what it needs, on every page', async (_, filters, most) => {
  for (const cursor of [undefined, cursorOf(JSON.stringify(idOf(COUNT / 2)))]) {
    const input = searchOrdersInput.parse({ ...filters, limit: LIMIT, cursor })
    expect(await rowsReadBy((em) => searchOrders(em, input))).toBeLessThanOrEqual(most)
  }
})

test.each([
  ['a total that none has', { minTotal: 1_000_000 }],
  ['a product in none', { productId: 2_000 }],
  ['the beginning of many member ids, and a total', { text: 'member', minTotal: 1_000_000 }],
  ['all at once', { status: ['PAID' as const], productId: 2_000, minTotal: 1_000_000, from: timeOf(1) }],
])('a search by %s looks at 50,000 orders, and its cursor goes on after them', async (_, filters) => {
  const input = searchOrdersInput.parse({ ...filters, limit: LIMIT })
  // Each order and perhaps its line, and once more to find out where the page ends.
  expect(await rowsReadBy((em) => searchOrders(em, input))).toBeLessThanOrEqual(6 * MAX_LOOKED_AT)
  const pages = []
  let cursor: string | undefined
  do {
    const page = await searchOrders(shop.em, { ...input, cursor })
    expect(page.items).toEqual([])
    pages.push(page)
    cursor = page.nextCursor ?? undefined
  } while (cursor)
  expect(pages).toHaveLength(Math.ceil(COUNT / MAX_LOOKED_AT))
  expect(pages[0]?.matches).toEqual({ count: 0, exact: false })
})

test('what one part of a search found beyond the end of another comes once, on its own page', async () => {
  // Old, and found at once by its member's id; all other orders are looked through because their ids begin like that too.
  await shop.em.execute(
    `with placed as (
       insert into "order" (id, member_id, status, total, version, created_at, paid_at)
       values (?, '0193', 'PAID', 5000, 1, now(), now()) returning id
     ) insert into order_line (order_id, product_id, name, unit_price, quantity) select id, 1, 'Product', 5000, 1 from placed`,
    [idOf(0)],
  )
  const pages: string[][] = []
  let cursor: string | undefined
  do {
    const input = searchOrdersInput.parse({ text: '0193', minTotal: 5_000, cursor })
    const { items, nextCursor } = await searchOrders(shop.em, input)
    pages.push(items.map(({ id }) => id))
    cursor = nextCursor ?? undefined
  } while (cursor)
  expect(pages).toEqual([[], [], [idOf(0)]])
})

test.each([
  ['no prefix', {}],
  ['a prefix of many', { prefix: 'member-' }],
  ['a prefix of few', { prefix: 'member-599' }],
])('a page of members with %s reads only its own rows', async (_, filters) => {
  for (const cursor of [undefined, cursorOf(JSON.stringify('member-5990'))]) {
    const input = listMembersInput.parse({ ...filters, limit: LIMIT, cursor })
    expect(await rowsReadBy((em) => listMembers(em, input))).toBeLessThanOrEqual(LIMIT + 1)
  }
})

test.each([
  ['no filter', {}, 300],
  ['removed ones only', { removed: 'only' }, 300],
  ['removed ones too', { removed: 'include' }, 300],
  ['the name of a removed one', { removed: 'include', search: 'uct 59000' }, 2_000],
  ['a stock that many have', { maxStock: 100 }, 300],
])('a search of products by %s reads only what it needs', async (_, filters, most) => {
  const input = searchProductsInput.parse({ ...filters, limit: LIMIT })
  expect(await rowsReadBy((em) => searchProducts(em, input))).toBeLessThanOrEqual(most)
})

test('a search for low stock looks at 50,000 products, and its cursor goes on after them', async () => {
  const input = searchProductsInput.parse({ maxStock: 1, limit: LIMIT })
  expect(await rowsReadBy((em) => searchProducts(em, input))).toBeLessThanOrEqual(5 * MAX_LOOKED_AT)
  const first = await searchProducts(shop.em, input)
  expect(first.items.map(({ id }) => id)).toEqual([5])
  const second = await searchProducts(shop.em, { ...input, cursor: first.nextCursor ?? undefined })
  expect(second.items.map(({ id }) => id)).toEqual([COUNT - 1])
  expect(second.nextCursor).toBeNull()
})
