import { useShop } from '@jumun/test-kit/domain-shop'
import { beforeAll, expect, test } from 'vitest'
import { listOrders } from '../../src/order/read-orders.ts'
import { readPointHistory } from '../../src/point/read-points.ts'
import { listProducts } from '../../src/product/read-products.ts'
import { cursorOf } from '../../test-support/cursors.ts'
import { useExplainer } from '../../test-support/query-plan.ts'

const shop = useShop()
const explainer = useExplainer(shop)

const COUNT = 50_000
const LIMIT = 20

/** `early` has the first third of all orders and entries, `busy` has half of the rest, and other members share the remainder. */
const owner = `case when i <= ${COUNT / 3} then 'early' when i % 2 = 0 then 'busy' else 'member-' || i % 100 end`
const orderId = (i: number) => `019310a4-6f00-7000-8000-${i.toString(16).padStart(12, '0')}`
const orderIdOfI = `('019310a4-6f00-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid`

/** Cursors of the first page, a middle one and the last full one. Products are sorted by ascending id, the others by descending id. */
const productCursors = [undefined, cursorOf(COUNT / 2), cursorOf(COUNT - 30)]
const orderCursors = [undefined, cursorOf(JSON.stringify(orderId(COUNT / 2))), cursorOf(JSON.stringify(orderId(30)))]
const entryCursors = [undefined, cursorOf(COUNT / 2), cursorOf(30)]

beforeAll(async () => {
  for (const sql of [
    `insert into product (name, price, removed_at)
       select 'Product ' || i || case when i % 1000 = 0 then ' seasonal 제주 한라봉 차' else '' end, 1000,
              case when i % 10 = 3 or i <= 5000 then now() end
         from generate_series(1, ${COUNT}) i`,
    `insert into product_stock select id, 5, 10 from product`,
    `insert into point_account (member_id, balance) select distinct ${owner}, 0 from generate_series(1, ${COUNT}) i`,
    `insert into "order" (id, member_id, status, total, version, created_at, paid_at)
       select ${orderIdOfI}, ${owner}, 'PAID', 1, 1, now(), now() from generate_series(1, ${COUNT}) i`,
    `insert into order_line (order_id, product_id, name, unit_price, quantity)
       select ${orderIdOfI}, 1 + (i + n) % 1000, 'Product', 1, 1
         from generate_series(1, ${COUNT}) i, generate_series(1, 2) n`,
    `insert into point_entry (member_id, kind, amount, balance_after, created_at)
       select ${owner}, 'CHARGE', 1, 1, now() from generate_series(1, ${COUNT}) i`,
    // Samples every name. A smaller sample sometimes contains a seasonal product, and the planner then expects many.
    'alter table product alter column name set statistics 1000',
    'vacuum analyze',
  ]) {
    await shop.em.execute(sql)
  }
})

/** Returns the plans of one page for each cursor, and expects that none scans a table sequentially. */
async function plansOfPages(
  cursors: (string | undefined)[],
  read: (em: typeof shop.em, cursor?: string) => Promise<unknown>,
) {
  const pages = []
  for (const cursor of cursors) pages.push(await explainer.plansOf((em) => read(em, cursor)))
  expect(pages.flat().filter((plan) => plan.scans.some((scan) => scan.startsWith('Seq Scan')))).toEqual([])
  return pages
}

test('each page of product.list reads only its own rows', async () => {
  const pages = await plansOfPages(productCursors, (em, cursor) => listProducts(em, { limit: LIMIT, cursor }))
  for (const [plan] of pages) {
    // Each product and its stock, and the removed products between them.
    expect(plan?.rowsRead).toBeLessThanOrEqual(3 * (LIMIT + 1))
    expect(plan?.blocks).toBeLessThanOrEqual(5 * (LIMIT + 1))
  }
})

const shortSearches = ['o', 'z', 'zq', '차', 'AL', 'u', '%', '!!!', ' % ']

test.each(['Product', 'seasonal', 'SEASONAL', '한라봉', '제주 한', 'not there', ...shortSearches])(
  'each page of product.list with search %j reads at most 1 percent of the products',
  async (search) => {
    const pages = await plansOfPages(productCursors, (em, cursor) => listProducts(em, { limit: LIMIT, cursor, search }))
    for (const [plan] of pages) expect(plan?.rowsRead).toBeLessThanOrEqual(COUNT / 100)
  },
)

test.each(['early', 'busy', 'member-51', 'nobody'])(
  'each page of order.list for member %s reads only its own rows',
  async (memberId) => {
    const pages = await plansOfPages(orderCursors, (em, cursor) => listOrders(em, { limit: LIMIT, cursor, memberId }))
    // Each order and its two lines, which the plan counts twice: where it scans them, and where it joins them.
    for (const [plan] of pages) expect(plan?.rowsRead).toBeLessThanOrEqual(2 * 3 * (LIMIT + 1))
  },
)

test.each(['early', 'busy', 'member-51', 'nobody'])(
  'each page of point.history for member %s reads only its own rows',
  async (memberId) => {
    const pages = await plansOfPages(entryCursors, (em, cursor) =>
      readPointHistory(em, { limit: LIMIT, cursor, memberId }),
    )
    for (const [plan] of pages) expect(plan?.rowsRead).toBeLessThanOrEqual(LIMIT + 1)
  },
)
