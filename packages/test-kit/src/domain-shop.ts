import type { NewProduct, PlaceOrderInput } from '@jumun/contract'
import {
  chargePoints,
  createProducts,
  type Database,
  DomainError,
  openDatabase,
  type PlacedOrder,
  placeOrders,
  readBalance,
  readProduct,
} from '@jumun/domain'
import { createTestDatabase } from './test-database.ts'
import { useResource } from './use-resource.ts'

/** An order as tests write it, by default paid at once. */
export type OrderRequest = Omit<PlaceOrderInput, 'payment'> & { payment?: PlaceOrderInput['payment'] }

/** What tests do in a shop, without HTTP. */
export interface ShopActions {
  /** Creates one product and returns its id; by default its price is 1,000 and its stock 100. */
  product(product?: Partial<NewProduct>): Promise<number>
  /** Creates so many such products in one batch, and returns their ids. */
  products(count: number, product?: Partial<NewProduct>): Promise<number[]>
  /** Charges a new member, by default with 1,000,000 points, and returns the member's id. */
  member(points?: number): Promise<string>
  /** Places one order alone. Throws the domain error that refuses it. */
  place(request: OrderRequest): Promise<Exclude<PlacedOrder, DomainError>>
  balance(memberId: string): Promise<number>
  stock(productId: number): Promise<number>
}

/** A shop without products and members, on a database of its own. */
export interface Shop extends ShopActions {
  readonly url: string
  readonly database: Database
  readonly em: Database['em']
}

/** Longer than any test. It is also how long a connection may be silent. */
const UNLIMITED_MS = 600_000

/** Opens a shop for the test file that calls it. */
export function useShop(options: { poolSize?: number } = {}): Shop {
  return useResource(
    () => openShop(options),
    (shop) => shop.close(),
  )
}

async function openShop(options: { poolSize?: number }): Promise<Shop & { close(): Promise<void> }> {
  const test = await createTestDatabase()
  const database = await openDatabase({ url: test.url, statementTimeoutMs: UNLIMITED_MS, ...options })
  await removeTimeouts(database)
  const { em } = database
  const close = async () => {
    await database.close(true)
    await test.drop()
  }
  return { url: test.url, database, em, close, ...shopActions({ em }) }
}

/** Lets calls wait for connections and locks without a limit, because the machine may be busy. Other tests test these limits. */
async function removeTimeouts(database: Database): Promise<void> {
  const pool = await database.em.getConnection().getNativeClient()
  // This takes effect for all connections, because none exists yet.
  Object.assign(pool.options, { lock_timeout: 0, connectionTimeoutMillis: 0 })
}

let members = 0

/** The actions of a shop, over its database. */
export function shopActions({ em }: Pick<Shop, 'em'>): ShopActions {
  const products: ShopActions['products'] = async (count, product) => {
    const one = { name: 'Hallabong tea', price: 1_000, stock: 100, ...product }
    return (await createProducts(em, Array<NewProduct>(count).fill(one))).ids
  }
  return {
    products,
    async product(product) {
      const [id] = await products(1, product)
      if (id === undefined) throw new Error('A product that was created has an id.')
      return id
    },
    async member(points = 1_000_000) {
      const memberId = `member-${++members}`
      if (points > 0) await chargePoints(em, { memberId, amount: points })
      return memberId
    },
    async place(request) {
      const [placed] = await placeOrders(em, [{ payment: 'now', ...request }])
      if (placed === undefined || placed instanceof DomainError) throw placed
      return placed
    },
    balance: async (memberId) => (await readBalance(em, memberId)).balance,
    stock: async (productId) => (await readProduct(em, productId)).stock,
  }
}
