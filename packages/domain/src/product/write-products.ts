import type { ProductView, UpdateProductInput } from '@jumun/contract'
import { type EntityManager, LockMode } from '@mikro-orm/postgresql'
import { inTransaction, transactionTime } from '../database/transaction.ts'
import { Product } from './product.entity.ts'
import { ProductStock } from './product-stock.entity.ts'
import { productNotFound, readProduct } from './read-products.ts'

/**
 * Changes the name, price or stock of a product. Orders placed after it returns see the change.
 * Throws `PRODUCT_NOT_FOUND`, `OUT_OF_STOCK` and `BAD_REQUEST` when the stock would leave its range.
 */
export async function updateProduct(em: EntityManager, input: UpdateProductInput): Promise<ProductView> {
  const { productId, name, price, stockDelta } = input
  return inTransaction(em, async (em) => {
    const { product, stock } = await lockProduct(em, productId)
    if (name !== undefined) product.name = name
    if (price !== undefined) product.price = price
    if (stockDelta !== undefined) stock.correct(stockDelta)
    await em.flush()
    return readProduct(em, productId)
  })
}

/** Takes a product off sale: it can no longer be listed, found or ordered; past orders keep it. Throws `PRODUCT_NOT_FOUND`. */
export async function removeProduct(em: EntityManager, productId: number): Promise<void> {
  await inTransaction(em, async (em) => {
    const { product } = await lockProduct(em, productId)
    product.removedAt = await transactionTime(em)
  })
}

/** Locks the stock row, which serves as the lock of the product: orders also take it before they read the product. */
async function lockProduct(em: EntityManager, productId: number): Promise<{ product: Product; stock: ProductStock }> {
  const stock = await em.findOne(ProductStock, { productId }, { lockMode: LockMode.PESSIMISTIC_WRITE })
  const product = await em.findOne(Product, { id: productId, removedAt: null })
  if (!stock || !product) throw productNotFound([productId])
  return { product, stock }
}
