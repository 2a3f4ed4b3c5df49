import type { ProductView, UpdateProductInput } from '@jumun/contract'
import { type EntityManager, LockMode } from '@mikro-orm/postgresql'
import { inTransaction, transactionTime, write } from '../database/transaction.ts'
import { DomainError } from '../errors.ts'
import { type NewChange, stockChanged, writeChanges } from '../feed/write-changes.ts'
import { idempotentCall, type Outcome, runIdempotent } from '../idempotency/idempotency.ts'
import { Product } from './product.entity.ts'
import { ProductStock } from './product-stock.entity.ts'
import { productNotFound } from './read-products.ts'

const INSERT_ADJUSTMENT = `
  insert into stock_adjustment (product_id, delta, stock_after, actor, reason, created_at) values ($1, $2, $3, $4, $5, $6)`

/** What to change of a product, and who does it. Without an actor it is the shop itself. */
type ProductUpdate = UpdateProductInput & { actor?: string | null | undefined }

/** The owner of the keys of the shop itself. No member has this id, because member ids are not empty. */
const NOBODY = ''

/**
 * Changes the name, price or stock of a product. Orders placed after it returns see the change. The key is the actor's.
 * Throws `PRODUCT_NOT_FOUND`, `PRODUCT_CHANGED`, `OUT_OF_STOCK`, `IDEMPOTENCY_KEY_REUSED`, and `BAD_REQUEST` when the stock would leave its
 * range.
 */
export async function updateProduct(
  em: EntityManager,
  { idempotencyKey, ...input }: ProductUpdate,
): Promise<Outcome<ProductView>> {
  const { productId, name, price, stockDelta, reason, expectedName, expectedPrice, expectedStock } = input
  const content = { productId, name, price, stockDelta, reason, expectedName, expectedPrice, expectedStock }
  const call = idempotentCall('product.update', input.actor ?? NOBODY, idempotencyKey, content)
  return inTransaction(em, async (em) => {
    const stock = await lockStock(em, productId)
    return runIdempotent(em, call, (now) => update(em, stock, { ...input, now }))
  })
}

async function update(
  em: EntityManager,
  stock: ProductStock | null,
  { productId, name, price, stockDelta, reason, actor = null, now, ...expected }: ProductUpdate & { now: Date },
): Promise<ProductView> {
  const product = await findProduct(em, productId)
  if (!stock || !product) throw productNotFound([productId])
  refuseChanged(product, stock, expected)
  if (name !== undefined) product.name = name
  if (price !== undefined) product.price = price
  if (stockDelta !== undefined) stock.correct(stockDelta)
  await em.flush()
  const view: ProductView = {
    id: productId,
    name: product.name,
    price: product.price,
    stock: stock.quantity,
    key: product.key ?? null,
  }
  const changes: NewChange[] = []
  if (name !== undefined || price !== undefined)
    changes.push({ type: 'product.updated', actor, data: { product: view } })
  if (stockDelta !== undefined) {
    await write(em, INSERT_ADJUSTMENT, [productId, stockDelta, view.stock, actor, reason, now])
    changes.push(stockChanged(productId, view.stock, 'correction', actor))
  }
  await writeChanges(em, now, changes)
  return view
}

/** Throws `PRODUCT_CHANGED` unless a locked product is as the caller has seen it. */
function refuseChanged(
  { id, name, price, key = null }: Product,
  { quantity: stock }: ProductStock,
  expected: Pick<UpdateProductInput, 'expectedName' | 'expectedPrice' | 'expectedStock'>,
): void {
  const { expectedName = name, expectedPrice = price, expectedStock = stock } = expected
  if (expectedName === name && expectedPrice === price && expectedStock === stock) return
  const message = 'The product is not as it was expected to be.'
  throw new DomainError('PRODUCT_CHANGED', message, { product: { id, name, price, stock, key } })
}

/** Takes a product off sale: it can no longer be listed, found or ordered; past orders keep it. Throws `PRODUCT_NOT_FOUND`. */
export async function removeProduct(em: EntityManager, productId: number, actor: string | null = null): Promise<void> {
  await inTransaction(em, async (em) => {
    await lockStock(em, productId)
    const product = await findProduct(em, productId)
    if (!product) throw productNotFound([productId])
    const now = await transactionTime(em)
    product.removedAt = now
    await writeChanges(em, now, [{ type: 'product.removed', actor, data: { productId } }])
  })
}

/** Locks the stock row, which serves as the lock of the product: orders also take it before they read the product. */
async function lockStock(em: EntityManager, productId: number): Promise<ProductStock | null> {
  return em.findOne(ProductStock, { productId }, { lockMode: LockMode.PESSIMISTIC_WRITE })
}

async function findProduct(em: EntityManager, id: number): Promise<Product | null> {
  return em.findOne(Product, { id, removedAt: null })
}
