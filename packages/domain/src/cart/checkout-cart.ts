import type { CheckoutInput, OrderView } from '@jumun/contract'
import type { EntityManager } from '@mikro-orm/postgresql'
import { inTransaction } from '../database/transaction.ts'
import { DomainError } from '../errors.ts'
import { idempotentCall, type Outcome, runIdempotent } from '../idempotency/idempotency.ts'
import { placeInTransaction } from '../order/place-orders.ts'
import { recordedTraceparent } from '../tracing/tracing.ts'
import { CartItem } from './cart-item.entity.ts'
import { lockCart } from './change-cart.ts'
import { readCart } from './read-cart.ts'

/**
 * Orders the cart's items, pays from the member's points, and removes the ordered items from the cart, in one transaction.
 * Throws `CART_EMPTY`, `IDEMPOTENCY_KEY_REUSED` and the errors of `placeOrders`; the cart is then unchanged.
 */
export async function checkoutCart(
  em: EntityManager,
  { memberId, expectedTotal, idempotencyKey, actor }: CheckoutInput & { actor?: string | undefined },
): Promise<Outcome<OrderView>> {
  // Without an expected total the content is `null`, as before that field existed, so that stored keys still match.
  const call = idempotentCall('cart.checkout', memberId, idempotencyKey, expectedTotal ?? null)
  return inTransaction(em, async (em) => {
    const cart = await lockCart(em, memberId)
    return runIdempotent(em, call, async () => {
      // A cart without a row is not locked: another transaction may be filling it, so its items are not read.
      const items = cart ? (await readCart(em, memberId)).items : []
      if (items.length === 0) throw new DomainError('CART_EMPTY', 'There is nothing in the cart.', {})
      const orderItems = items.map(({ productId, quantity }) => ({ productId, quantity }))
      const traceparent = recordedTraceparent()
      const request = { memberId, actor, payment: 'now', items: orderItems, expectedTotal, traceparent } as const
      const [placed] = await placeInTransaction(em, [request])
      if (placed === undefined || placed instanceof DomainError) throw placed

      await em.nativeDelete(CartItem, { memberId, productId: items.map((item) => item.productId) })
      return placed.answer
    })
  })
}
