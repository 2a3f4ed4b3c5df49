import type { ProductView, UpdateProductInput } from '@jumun/contract'
import { type EntityManager, LockMode } from '@mikro-orm/postgresql'
import { inTransaction, transactionTime } from '../database/transaction.ts'
import { type NewChange, stockChanged, writeChanges } from '../feed/write-changes.ts'
import { Product } from './product.entity.ts'
import { ProductStock } from './product-stock.entity.ts'
import { productNotFound, readProduct } from './read-products.ts'

/**
 * Changes the name, price or stock of a product. Orders placed after it returns see the change.
 * Throws `PRODUCT_NOT_FOUND`, `OUT_OF_STOCK` and `BAD_REQUEST` when the stock would leave its range.
 */
export async function updateProduct(
  em: EntityManager,
  input: UpdateProductInput & { actor?: string | undefined },
): Promise<ProductView> {
  const { productId, name, price, stockDelta, actor = null } = input
  return inTransaction(em, async (em) => {
    const { product, stock } = await lockProduct(em, productId)
    if (name !== undefined) product.name = name
    if (price !== undefined) product.price = price
    if (stockDelta !== undefined) stock.correct(stockDelta)
    await em.flush()
    const view = await readProduct(em, productId)
    const updated: NewChange[] =
      name === undefined && price === undefined ? [] : [{ type: 'product.updated', actor, data: { product: view } }]
    const corrected = stockDelta === undefined ? [] : [stockChanged(productId, view.stock, 'correction', actor)]
    await writeChanges(em, await transactionTime(em), [...updated, ...corrected])
    return view
  })
}

/** Takes a product off sale: it can no longer be listed, found or ordered; past orders keep it. Throws `PRODUCT_NOT_FOUND`. */
export async function removeProduct(em: EntityManager, productId: number, actor: string | null = null): Promise<void> {
  await inTransaction(em, async (em) => {
    const { product } = await lockProduct(em, productId)
    const now = await transactionTime(em)
    product.removedAt = now
    await writeChanges(em, now, [{ type: 'product.removed', actor, data: { productId } }])
  })
}

/** Locks the stock row, which serves as the lock of the product: orders also take it before they read the product. */
async function lockProduct(em: EntityManager, productId: number): Promise<{ product: Product; stock: ProductStock }> {
  const stock = await em.findOne(ProductStock, { productId }, { lockMode: LockMode.PESSIMISTIC_WRITE })
  const product = await em.findOne(Product, { id: productId, removedAt: null })
  if (!stock || !product) throw productNotFound([productId])
  return { product, stock }
}
