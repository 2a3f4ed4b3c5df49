import type { NewProduct, OrderView } from '@jumun/contract'
import { addToCart, chargePoints, createProducts, type Outcome, placeOrders } from '@jumun/domain'
import type { TestApi } from './api.ts'

let members = 0

/** Charges a member who did not exist before; 1,000,000 points unless told. */
export async function newMember({ services }: TestApi, points = 1_000_000): Promise<string> {
  const memberId = `member-${process.pid}-${++members}`
  if (points > 0) await chargePoints(services.em, { memberId, amount: points })
  return memberId
}

/** Puts a product up for sale; price 1,000 and stock 100 unless told. */
export async function newProduct({ services }: TestApi, product: Partial<NewProduct> = {}): Promise<number> {
  const {
    ids: [id],
  } = await createProducts(services.em, [{ name: 'Hallabong tea', price: 1_000, stock: 100, ...product }])
  return id as number
}

/** Places an order of two of a product. */
export async function newOrder(
  { services }: TestApi,
  { memberId, productId, payment = 'now' }: { memberId: string; productId: number; payment?: 'now' | 'later' },
): Promise<OrderView> {
  const items = [{ productId, quantity: 2 }]
  const [placed] = await placeOrders(services.em, services.outbox, [{ memberId, payment, items }])
  if (placed === undefined || placed instanceof Error) throw placed
  return (placed as Outcome<OrderView>).answer
}

/** A member with points, a cart with a product, and an order that waits for its payment: what every valid input names. */
export async function newWorld(api: TestApi): Promise<{ memberId: string; productId: number; orderId: string }> {
  const memberId = await newMember(api)
  const productId = await newProduct(api)
  const { id: orderId } = await newOrder(api, { memberId, productId, payment: 'later' })
  await addToCart(api.services.em, { memberId, productId, quantity: 1 })
  return { memberId, productId, orderId }
}

/**
 * Everything that is stored, as one hash a table. Of the outbox only what waits and what was sent: its own upkeep
 * changes the rest at any time. What is derived from the orders in the background is left out.
 */
export async function everythingStored({ services }: TestApi): Promise<Record<string, string>> {
  const { em } = services
  const tables = await em.execute<{ name: string }[]>(
    `select quote_ident(tablename) as name from pg_tables where schemaname = 'public' and tablename not like 'popular%' order by 1`,
  )
  const hashes: Record<string, string> = {}
  for (const { name } of tables) {
    const [row] = await em.execute<{ rows: string; hash: string }[]>(
      `select count(*)::text as rows, md5(coalesce(string_agg(t::text, '|' order by t::text), '')) as hash from ${name} t`,
    )
    hashes[name] = `${row?.rows} rows, ${row?.hash}`
  }
  const [jobs] = await em.execute<{ ids: string }[]>(
    `select coalesce(string_agg(id::text, ' ' order by id), '') as ids from pgboss.job where name like 'data-platform%'`,
  )
  return { ...hashes, events: jobs?.ids ?? '' }
}
