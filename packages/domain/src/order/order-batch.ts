import type { OrderItemInput, OrderView } from '@jumun/contract'
import { type EntityManager, LockMode } from '@mikro-orm/postgresql'
import { runStatement } from '../database/statement.ts'
import { TRANSACTION_MS } from '../database/transaction.ts'
import type { NewChange } from '../feed/write-changes.ts'
import { IdempotencyRecords, type IdempotentCall } from '../idempotency/idempotency.ts'
import { PointAccount } from '../point/point-account.entity.ts'
import type { Product } from '../product/product.entity.ts'
import { ProductStock } from '../product/product-stock.entity.ts'
import { lockUnpaid, type UnpaidLimits, type UnpaidOrders } from './unpaid-orders.ts'

/** A requested order in canonical form: one item for each product, sorted by product id. */
export interface OrderDraft {
  memberId: string
  actor: string
  payment: 'now' | 'later'
  items: OrderItemInput[]
  expectedTotal?: number | undefined
  call: IdempotentCall | undefined
  traceparent?: string | undefined
}

/** The rows that a transaction has locked and read for its orders, and the rows that it will write. */
export interface OrderBatch {
  /** When the transaction began, by the database's clock. */
  now: Date
  accounts: Map<string, PointAccount>
  stocks: Map<number, ProductStock>
  products: Map<number, ProductRow>
  records: IdempotencyRecords
  /** By members who ordered with payment `later`; empty if there is no limit. */
  unpaid: Map<string, UnpaidOrders>
  unpaidLimits: UnpaidLimits | undefined
  orders: OrderView[]
  payments: Payment[]
  /** Of orders and points. */
  changes: NewChange[]
}

/** The payment of an order, in whole KRW. */
export interface Payment {
  memberId: string
  orderId: string
  total: number
  balanceAfter: number
}

/**
 * Locks the point accounts of all members by id, then the stock of all products by id, and reads the products and the
 * idempotency records. The locking reads are the first reads of these rows. The rows stay outside the identity map, because
 * `writeOrders` writes the changes itself.
 */
export async function lockBatch(
  em: EntityManager,
  drafts: OrderDraft[],
  unpaidLimits?: UnpaidLimits,
): Promise<OrderBatch> {
  const memberIds = [...new Set(drafts.map((draft) => draft.memberId))]
  const productIds = [...new Set(drafts.flatMap((draft) => draft.items.map((item) => item.productId)))]
  const lock = { lockMode: LockMode.PESSIMISTIC_WRITE, disableIdentityMap: true } as const

  const debtors = unpaidLimits
    ? drafts.filter(({ payment }) => payment === 'later').map(({ memberId }) => memberId)
    : []
  const unpaid = debtors.length > 0 ? await lockUnpaid(em, debtors) : new Map<string, UnpaidOrders>()
  const accounts = await em.find(PointAccount, { memberId: memberIds }, { ...lock, orderBy: { memberId: 'asc' } })
  // Before the stock is locked, to hold those contended locks for less time. A key needs only the lock of its member's account.
  const calls = drafts.map((draft) => draft.call)
  const records = await IdempotencyRecords.find(em, calls)
  const stocks = await em.find(ProductStock, { productId: productIds }, { ...lock, orderBy: { productId: 'asc' } })
  const { now, products } = await readProducts(em, productIds)
  return {
    now,
    accounts: new Map(accounts.map((account) => [account.memberId, account])),
    stocks: new Map(stocks.map((stock) => [stock.productId, stock])),
    products: new Map(products.map((product) => [product.id, product])),
    records,
    unpaid,
    unpaidLimits,
    orders: [],
    payments: [],
    changes: [],
  }
}

type ProductRow = Pick<Product, 'id' | 'name' | 'price'>

/** Reads the products that are for sale, and the time of the transaction in the same round trip. */
async function readProducts(em: EntityManager, ids: number[]): Promise<{ now: Date; products: ProductRow[] }> {
  const [row] = await runStatement<{ nowMs: number; products: ProductRow[] }>(
    em,
    `select ${TRANSACTION_MS} as "nowMs",
        coalesce(json_agg(json_build_object('id', id, 'name', name, 'price', price)), '[]') as products
      from product where id = any($1::int[]) and removed_at is null`,
    [ids],
  )
  if (!row) throw new Error('An aggregate must return one row.')
  return { now: new Date(row.nowMs), products: row.products }
}
