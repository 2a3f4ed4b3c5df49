import { type AddCartItemInput, type CartItemInput, type CartView, MAX_ITEMS, MAX_QUANTITY } from '@jumun/contract'
import { type EntityManager, LockMode } from '@mikro-orm/postgresql'
import { inTransaction } from '../database/transaction.ts'
import { badRequest } from '../errors.ts'
import { idempotentCall, type Outcome, runIdempotent } from '../idempotency/idempotency.ts'
import { Product } from '../product/product.entity.ts'
import { productNotFound } from '../product/read-products.ts'
import { Cart } from './cart.entity.ts'
import { CartItem } from './cart-item.entity.ts'
import { readCart } from './read-cart.ts'

/**
 * Adds to the quantity in the cart; concurrent calls add up.
 * Throws `PRODUCT_NOT_FOUND`, `IDEMPOTENCY_KEY_REUSED`, and `BAD_REQUEST` when the quantity or the number of products would exceed its limit.
 */
export async function addToCart(
  em: EntityManager,
  { idempotencyKey, ...input }: AddCartItemInput,
): Promise<Outcome<CartView>> {
  const { memberId, productId, quantity } = input
  const call = idempotentCall('cart.addItem', memberId, idempotencyKey, [productId, quantity])
  return inTransaction(em, async (em) => {
    await lockOrOpenCart(em, memberId)
    return runIdempotent(em, call, () => changeItem(em, input, (before) => before + quantity))
  })
}

/** Sets the quantity of a product in the cart. Throws as `addToCart` does. */
export async function setInCart(em: EntityManager, input: CartItemInput): Promise<CartView> {
  return inTransaction(em, async (em) => {
    await lockOrOpenCart(em, input.memberId)
    return changeItem(em, input, () => input.quantity)
  })
}

/** Removes a product from the cart, if it is there. */
export async function removeFromCart(em: EntityManager, memberId: string, productId: number): Promise<CartView> {
  return inTransaction(em, async (em) => {
    await lockCart(em, memberId)
    await em.nativeDelete(CartItem, { memberId, productId })
    return readCart(em, memberId)
  })
}

/** Removes all items from the cart. */
export async function clearCart(em: EntityManager, memberId: string): Promise<CartView> {
  return inTransaction(em, async (em) => {
    await lockCart(em, memberId)
    await em.nativeDelete(CartItem, { memberId })
    return readCart(em, memberId)
  })
}

/** Locks a cart, if it exists. Carts are always locked before point accounts. */
export async function lockCart(em: EntityManager, memberId: string): Promise<Cart | null> {
  return em.findOne(Cart, { memberId }, { lockMode: LockMode.PESSIMISTIC_WRITE })
}

/** Changes the quantity of a product in a locked cart. */
async function changeItem(
  em: EntityManager,
  { memberId, productId }: CartItemInput,
  change: (before: number) => number,
): Promise<CartView> {
  if ((await em.count(Product, { id: productId, removedAt: null })) === 0) throw productNotFound([productId])
  const item = await em.findOne(CartItem, { memberId, productId })
  const quantity = change(item?.quantity ?? 0)
  if (quantity > MAX_QUANTITY) {
    throw badRequest(['quantity'], `Too big: a cart holds at most ${MAX_QUANTITY} of a product`)
  }
  if (item) item.quantity = quantity
  else await addItem(em, memberId, productId, quantity)
  await em.flush()
  return readCart(em, memberId)
}

async function addItem(em: EntityManager, memberId: string, productId: number, quantity: number): Promise<void> {
  // Removed products do not count, because they are not shown.
  const { items } = await readCart(em, memberId)
  if (items.length >= MAX_ITEMS) {
    throw badRequest(['productId'], `Too many: a cart holds at most ${MAX_ITEMS} products`)
  }
  await em.insert(CartItem, { memberId, productId, quantity })
}

async function lockOrOpenCart(em: EntityManager, memberId: string): Promise<void> {
  if (await lockCart(em, memberId)) return
  await em.createQueryBuilder(Cart).insert({ memberId }).onConflict('memberId').ignore().execute()
  await lockCart(em, memberId)
}
