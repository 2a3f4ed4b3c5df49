import { issueToken } from '@jumun/api'
import type { JumunClient } from '@jumun/client'
import { type Database, rebuildPopular } from '@jumun/domain'
import { openFillDatabase } from '../fill.ts'
import { log } from '../report.ts'
import { type BenchApi, openBenchDatabase } from '../shop.ts'
import { ITEMS } from './options.ts'

export const STOCK = 100_000
const POINTS = 1_000_000_000
const PAST_ORDERS = 100
const OVERDUE_ORDERS = 300
const SOLD_PRODUCTS = 100_000
const DAYS = 30

/** Fills the shop with products, of which 100,000 were sold once in the last thirty days. */
export async function fillProducts(url: string, products: number): Promise<void> {
  await using database = await openFillDatabase(url)
  const { em } = database
  log(`Creating ${products.toLocaleString('en')} products`)
  await em.execute(
    `insert into product (name, price)
       select 'Jeju Hallabong tea ' || md5(i::text), 1 from generate_series(1, ?::int) i`,
    [products],
  )
  await em.execute('insert into product_stock select id, ?, ? from product', [STOCK, STOCK])
  const sold = `generate_series(1, ${Math.min(products, SOLD_PRODUCTS)}) i`
  const id = `('019310a4-6f00-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid`
  const at = `now() - (i % ${DAYS * 86_400}) * interval '1 second' * ${Math.max(1, Math.floor((DAYS * 86_400) / SOLD_PRODUCTS))}`
  await em.execute(`insert into "order" (id, member_id, status, total, version, created_at, paid_at)
    select ${id}, 'past-' || i % 1000, 'PAID', 1, 1, ${at}, ${at} from ${sold}`)
  await em.execute(`insert into order_line (order_id, product_id, name, unit_price, quantity)
    select ${id}, i, 'Jeju Hallabong tea', 1, 1 from ${sold}`)
  await em.execute('vacuum analyze')
  await using reader = await openBenchDatabase({ url })
  await rebuildPopular(reader.em)
}

/** Charges a member and returns the member's token. */
export async function openMember({ authSecret }: BenchApi, admin: JumunClient, memberId: string): Promise<string> {
  await admin.point.charge.mutate({ memberId, amount: POINTS })
  return issueToken(authSecret, { memberId, role: 'member', expiresInSeconds: 86_400 })
}

/** Gives a member a hundred paid orders of a hundred items. */
export async function placePastOrders(admin: JumunClient, memberId: string): Promise<void> {
  const items = Array.from({ length: ITEMS }, (_, index) => ({ productId: index + 1, quantity: 1 }))
  for (let count = 0; count < PAST_ORDERS; count++) await admin.order.place.mutate({ memberId, items })
}

/** Makes 300 unpaid orders of 100 items that are overdue at once. */
export async function addOverdueOrders(em: Database['em']): Promise<void> {
  await em.execute(`with overdue as (
      insert into "order" (id, member_id, status, total, version, created_at, expires_at)
      select gen_random_uuid(), 'overdue', 'PENDING_PAYMENT', ${ITEMS}, 1, now(), now() from generate_series(1, ${OVERDUE_ORDERS})
      returning id
    )
    insert into order_line (order_id, product_id, name, unit_price, quantity)
    select id, product, 'Jeju Hallabong tea', 1, 1 from overdue, generate_series(1, ${ITEMS}) product`)
}
