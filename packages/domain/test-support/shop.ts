import type { NewProduct, OrderView, PlaceOrderInput } from '@jumun/contract'
import type { ClientBase } from 'pg'
import { afterAll, beforeAll } from 'vitest'
import { type Database, openDatabase } from '../src/database/orm.ts'
import { type Outbox, openOutbox } from '../src/delivery/outbox.ts'
import { DomainError } from '../src/errors.ts'
import type { Outcome } from '../src/idempotency/idempotency.ts'
import { placeOrders } from '../src/order/place-orders.ts'
import { chargePoints } from '../src/point/move-points.ts'
import { readBalance } from '../src/point/read-points.ts'
import { createProducts } from '../src/product/create-products.ts'
import { readProduct } from '../src/product/read-products.ts'
import { createTestDatabase, type TestDatabase } from './test-database.ts'

/** An order as tests write it: paid at once unless they say otherwise. */
export type OrderRequest = Omit<PlaceOrderInput, 'payment'> & { payment?: PlaceOrderInput['payment'] }

/** A shop without products and members, on a database of its own. */
export interface Shop {
  readonly url: string
  readonly database: Database
  readonly em: Database['em']
  readonly outbox: Outbox
  /** Puts one product up for sale and returns its id; price 1,000 and stock 100 unless told. */
  product(product?: Partial<NewProduct>): Promise<number>
  /** Charges a member who did not exist before and returns the member's id; 1,000,000 points unless told. */
  member(points?: number): Promise<string>
  /** Places one order alone. Throws what it is refused with. */
  place(request: OrderRequest): Promise<Outcome<OrderView>>
  balance(memberId: string): Promise<number>
  stock(productId: number): Promise<number>
}

/** Opens a shop before the first test of the file that calls it, and closes it after its last. */
export function useShop(options: { poolSize?: number } = {}): Shop {
  let opened: OpenShop | undefined
  beforeAll(async () => {
    opened = await openShop(options)
  })
  afterAll(() => opened?.close())
  return shopOver(() => {
    if (!opened) throw new Error('The shop is open from beforeAll on')
    return opened
  })
}

interface OpenShop {
  test: TestDatabase
  database: Database
  outbox: Outbox
  close(): Promise<void>
}

async function openShop(options: { poolSize?: number }): Promise<OpenShop> {
  const test = await createTestDatabase()
  const database = await openDatabase({ url: test.url, statementTimeoutMs: FOREVER_MS, ...options })
  await waitForever(database)
  const outbox = openOutbox({ url: test.url, maintain: false })
  let closing = false
  // Its pool does not wait for the connections that it ends, and the drop of the database may cut one off.
  outbox.on('error', (error) => {
    if (!closing) throw error
  })
  await outbox.start()
  const close = async () => {
    closing = true
    await outbox.stop({ graceful: false })
    await database.close(true)
    await test.drop()
  }
  return { test, database, outbox, close }
}

/** Longer than any test; as long may a connection be silent, too. */
const FOREVER_MS = 600_000

/** How long a call waits for a connection or a lock is not what tests are about, and the machine may be busy. */
async function waitForever(database: Database): Promise<void> {
  const pool = await database.em.getConnection().getNativeClient()
  const noLimits = 'set lock_timeout = 0'
  const onConnect = (client: ClientBase) => client.query(noLimits)
  Object.assign(pool.options, { onConnect, connectionTimeoutMillis: 0 })
  // One connection has been made already.
  await pool.query(noLimits)
}

function shopOver(opened: () => OpenShop): Shop {
  let members = 0
  return {
    get url() {
      return opened().test.url
    },
    get database() {
      return opened().database
    },
    get em() {
      return opened().database.em
    },
    get outbox() {
      return opened().outbox
    },
    async product(product) {
      const {
        ids: [id],
      } = await createProducts(this.em, [{ name: 'Hallabong tea', price: 1_000, stock: 100, ...product }])
      if (id === undefined) throw new Error('A product that was created has an id')
      return id
    },
    async member(points = 1_000_000) {
      const memberId = `member-${++members}`
      await chargePoints(this.em, { memberId, amount: points })
      return memberId
    },
    async place(request) {
      const [placed] = await placeOrders(this.em, this.outbox, [{ payment: 'now', ...request }])
      if (placed === undefined || placed instanceof DomainError) throw placed
      return placed
    },
    async balance(memberId) {
      return (await readBalance(this.em, memberId)).balance
    },
    async stock(productId) {
      return (await readProduct(this.em, productId)).stock
    },
  }
}
