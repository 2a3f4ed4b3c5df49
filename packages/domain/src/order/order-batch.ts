import type { OrderItemInput, OrderView } from '@jumun/contract'
import type { EntityManager } from '@mikro-orm/postgresql'
import { sendStatement } from '../database/statement.ts'
import { TRANSACTION_MS } from '../database/transaction.ts'
import type { NewChange } from '../feed/write-changes.ts'
import type { IdempotentCall } from '../idempotency/idempotency.ts'
import type { PointAccount } from '../point/point-account.entity.ts'
import type { Product } from '../product/product.entity.ts'
import type { ProductStock } from '../product/product-stock.entity.ts'
import { lockStatements } from './lock-statements.ts'
import { OrderKeys } from './order-keys.ts'
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
  accounts: Map<string, Account>
  stocks: Map<number, Stock>
  products: Map<number, ProductRow>
  keys: OrderKeys
  /** What each member who ordered with payment `later` holds; empty if there is no limit. */
  unpaid: Map<string, UnpaidOrders>
  unpaidLimits: UnpaidLimits | undefined
  orders: OrderView[]
  payments: Payment[]
  /** The changes of orders and points. */
  changes: NewChange[]
}

/** The payment of an order, in whole KRW. */
export interface Payment {
  memberId: string
  orderId: string
  total: number
  balanceAfter: number
}

type Account = Pick<PointAccount, 'memberId' | 'balance'>
type Stock = Pick<ProductStock, 'productId' | 'quantity'>
type ProductRow = Pick<Product, 'id' | 'name' | 'price'>

/**
 * Locks the point accounts of all members by id, then the stock of all products by id, and reads the products and the orders that
 * were placed under the same keys. PostgreSQL runs the statements in the order in which they are sent, so all of them take one round trip.
 * A key is read after the lock of its member's account, which every call with that key takes.
 */
export async function lockBatch(
  em: EntityManager,
  drafts: OrderDraft[],
  unpaidLimits?: UnpaidLimits,
): Promise<OrderBatch> {
  const memberIds = [...new Set(drafts.map((draft) => draft.memberId))]
  const productIds = [...new Set(drafts.flatMap((draft) => draft.items.map((item) => item.productId)))]
  const debtors = unpaidLimits
    ? drafts.filter(({ payment }) => payment === 'later').map(({ memberId }) => memberId)
    : []
  const unpaid = debtors.length > 0 ? await lockUnpaid(em, debtors) : new Map<string, UnpaidOrders>()
  const calls = drafts.map((draft) => draft.call)
  const lock = lockStatements(em)
  const sent = {
    accounts: await sendStatement<{ member_id: string; balance: string }>(em, lock.accounts, [memberIds]),
    keys: await OrderKeys.send(em, calls),
    stocks: await sendStatement<{ product_id: number; quantity: string }>(em, lock.stocks, [productIds]),
    products: await sendStatement<ProductsRow>(em, READ_PRODUCTS, [productIds]),
  }
  const [accounts, keys, stocks, [read]] = await Promise.all([
    sent.accounts.rows,
    sent.keys.keys,
    sent.stocks.rows,
    sent.products.rows,
  ])
  if (!read) throw new Error('An aggregate must return one row.')
  return {
    now: new Date(read.nowMs),
    accounts: new Map(accounts.map(({ member_id: memberId, balance }) => [memberId, { memberId, balance: +balance }])),
    stocks: new Map(
      stocks.map(({ product_id: productId, quantity }) => [productId, { productId, quantity: +quantity }]),
    ),
    products: new Map(read.products.map((product) => [product.id, product])),
    keys,
    unpaid,
    unpaidLimits,
    orders: [],
    payments: [],
    changes: [],
  }
}

interface ProductsRow {
  nowMs: number
  products: ProductRow[]
}

/** The products that are for sale, and the time of the transaction. */
const READ_PRODUCTS = `
  select ${TRANSACTION_MS} as "nowMs",
      coalesce(json_agg(json_build_object('id', id, 'name', name, 'price', price)), '[]') as products
    from product where id = any($1::int[]) and removed_at is null`
