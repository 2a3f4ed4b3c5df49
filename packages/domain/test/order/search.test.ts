import { foundOrderPage, MAX_MATCHES, type OrderView, searchOrdersInput } from '@jumun/contract'
import { useShop } from '@jumun/test-kit/domain-shop'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import type { z } from 'zod'
import { cancelOrder } from '../../src/order/cancel-order.ts'
import { searchOrders } from '../../src/order/search-orders.ts'
import { brokenCursors, cursorOf } from '../../test-support/cursors.ts'
import { refusalOf } from '../../test-support/refusal.ts'

type Filters = Omit<z.input<typeof searchOrdersInput>, 'cursor' | 'limit'>

const shop = useShop()
const mayAccess = () => true

/** Members whose ids begin alike; the last was never charged. */
const members = ['mina', 'Mina', 'min', 'min.a', 'jisu', '0193', 'ghost']
const products: number[] = []
let all: OrderView[] = []

beforeAll(async () => {
  for (let price = 1; price <= 4; price++) products.push(await shop.product({ price, stock: 10_000 }))
  for (const memberId of members.slice(0, -1))
    await shop.em.execute('insert into point_account (member_id, balance) values (?, 0)', [memberId])
  await shop.em.execute(
    `with charged as (update point_account set balance = 1000000 returning member_id)
     insert into point_entry (member_id, kind, amount, balance_after, created_at) select member_id, 'CHARGE', 1000000, 1000000, now() from charged`,
  )
  for (let count = 0; count < 60; count++) await placeAny(count)
  all = await readAll()
})

/** Places an order of a member; some wait for payment, some expire, some are cancelled. */
async function placeAny(count: number): Promise<void> {
  const memberId = members[count % members.length] ?? ''
  const chosen = products.filter((_, index) => (count >> index) % 2 === 1)
  const items = (chosen.length > 0 ? chosen : products).map((productId) => ({ productId, quantity: 1 + (count % 3) }))
  const payment = memberId === 'ghost' || count % 4 === 0 ? 'later' : 'now'
  const { id: orderId } = (await shop.place({ memberId, items, payment })).answer
  if (count % 5 === 0) await cancelOrder(shop.em, { orderId, mayAccess, actor: memberId })
  if (count % 8 === 4)
    await shop.em.execute(`update "order" set status = 'EXPIRED' where id = ? and status = 'PENDING_PAYMENT'`, [
      orderId,
    ])
}

const search = async (filters: Filters, page: { cursor?: string | undefined; limit?: number } = {}) =>
  foundOrderPage.parse(await searchOrders(shop.em, searchOrdersInput.parse({ ...filters, ...page })))

/** All pages of a search. */
async function readAll(filters: Filters = {}, limit = 7): Promise<OrderView[]> {
  const found: OrderView[] = []
  let cursor: string | undefined
  do {
    const page = await search(filters, { cursor, limit })
    expect(page.items.length).toBeLessThanOrEqual(limit)
    found.push(...page.items)
    cursor = page.nextCursor ?? undefined
  } while (cursor)
  return found
}

/** What a search should find, by the words of the contract. */
function matches(order: OrderView, filters: Filters): boolean {
  const { status, memberId, productId, minTotal = 0, maxTotal = Infinity, from, to, text } = filters
  const hasText = (text: string) =>
    (text.length >= 4 && order.id.startsWith(text.toLowerCase())) ||
    (order.memberId.startsWith(text) && (order.memberId !== 'ghost' || text === 'ghost' || memberId === 'ghost'))
  return (
    (status === undefined || status.includes(order.status)) &&
    (memberId === undefined || order.memberId === memberId) &&
    (productId === undefined || order.items.some((item) => item.productId === productId)) &&
    order.total >= minTotal &&
    order.total <= maxTotal &&
    (from === undefined || Date.parse(order.createdAt) >= Date.parse(from)) &&
    (to === undefined || Date.parse(order.createdAt) < Date.parse(to)) &&
    (text === undefined || hasText(text))
  )
}

const statuses = ['PENDING_PAYMENT', 'PAID', 'CANCELLED', 'EXPIRED'] as const
const anyOrder = fc.integer({ min: 0, max: 59 }).map((index) => all[index] as OrderView)
const times = anyOrder.map(({ createdAt }) => createdAt)
const anyFilters: fc.Arbitrary<Filters> = fc.record(
  {
    status: fc.uniqueArray(fc.constantFrom(...statuses), { minLength: 1 }),
    memberId: fc.constantFrom(...members, 'nobody'),
    productId: fc.constantFrom(...products, 999),
    minTotal: fc.integer({ min: 0, max: 30 }),
    maxTotal: fc.integer({ min: 0, max: 30 }),
    from: times,
    to: times,
    text: fc.oneof(
      fc.tuple(anyOrder, fc.integer({ min: 1, max: 36 })).map(([{ id }, length]) => id.slice(0, length)),
      fc.constantFrom('m', 'mi', 'min', 'MINA', 'min.a', 'ghos', 'ghost', '019', '0193-', 'zzzz', 'x'.repeat(64)),
    ),
  },
  { requiredKeys: [], noNullPrototype: true },
)

test('there are orders of every status, with and without points', () => {
  expect(all).toHaveLength(60)
  expect(new Set(all.map(({ status }) => status))).toEqual(new Set(statuses))
  expect(all.map(({ id }) => id)).toEqual(
    all
      .map(({ id }) => id)
      .toSorted()
      .reverse(),
  )
})

test('the pages of any combination of filters hold what a naive search finds, and the first one counts it', async () => {
  await fc.assert(
    fc.asyncProperty(anyFilters, fc.constantFrom(1, 3, 100), async (filters, limit) => {
      const expected = all.filter((order) => matches(order, filters))
      expect(await readAll(filters, limit)).toEqual(expected)
      expect((await search(filters, { limit })).matches).toEqual({ count: expected.length, exact: true })
    }),
    { numRuns: 150, seed: 13 },
  )
})

test('upper and lower case of an order id are the same, and differ in member ids', async () => {
  const [order] = all as [OrderView]
  expect(await readAll({ text: order.id.toUpperCase() })).toEqual([order])
  expect(new Set((await readAll({ text: 'M' })).map(({ memberId }) => memberId))).toEqual(new Set(['Mina']))
})

test('a text that more than 20 members begin with finds the orders of all of them', async () => {
  await shop.em.execute(
    `insert into point_account (member_id, balance) select 'crowd-' || i, 0 from generate_series(1, 25) i`,
  )
  const items = [{ productId: products[0] as number, quantity: 1 }]
  const placed = []
  for (const memberId of ['crowd-7', 'crowd-25'])
    placed.unshift((await shop.place({ memberId, items, payment: 'later' })).answer)
  expect(await readAll({ text: 'crowd-' }, 1)).toEqual(placed)
  expect(await readAll({ text: 'crowd-2' })).toEqual(placed.slice(0, 1))
})

test('pages have no gap and no overlap while orders are placed', async () => {
  const memberId = await shop.member()
  const items = [{ productId: products[0] as number, quantity: 1 }]
  const placed = []
  for (let count = 0; count < 7; count++) placed.unshift((await shop.place({ memberId, items })).answer)
  for (const filters of [{ memberId }, { minTotal: 1, from: placed.at(-1)?.createdAt }, { text: memberId }]) {
    const before = await readAll(filters)
    const seen: OrderView[] = []
    let cursor: string | undefined
    do {
      const page = await search(filters, { cursor, limit: 2 })
      expect(page.matches === null).toBe(cursor !== undefined)
      seen.push(...page.items)
      cursor = page.nextCursor ?? undefined
      await shop.place({ memberId, items })
    } while (cursor)
    expect(seen).toEqual(before)
  }
})

test.each([...brokenCursors.filter((cursor) => cursor !== cursorOf('"00000000-0000-0000-0000-000000000000"'))])(
  'the broken cursor %j is refused',
  async (cursor) => {
    const refusal = await refusalOf(searchOrders(shop.em, { limit: 1, cursor }))
    expect(refusal).toMatchObject({ code: 'BAD_REQUEST', issues: [{ path: ['cursor'] }] })
  },
)

test('matches are counted up to 1,000', async () => {
  await shop.em.execute(
    `with placed as (
       insert into "order" (id, member_id, status, total, version, created_at, paid_at)
       select ('0193ffff-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, 'mass', 'PAID', 1, 1, now(), now()
         from generate_series(1, 1001) i returning id
     ) insert into order_line (order_id, product_id, name, unit_price, quantity) select id, ?, 'Tea', 1, 1 from placed`,
    [products[0]],
  )
  expect((await search({ memberId: 'mass' })).matches).toEqual({ count: MAX_MATCHES, exact: false })
  const to = new Date(0x0193ffff0000 + 1).toISOString()
  expect((await search({ to, text: '0193ffff-0000-7000-8000-0000000003' })).matches).toEqual({
    count: 234,
    exact: true,
  })
})
