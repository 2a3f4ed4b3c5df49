import type { CheckoutInput, OrderView } from '@jumun/contract'
import type { EntityManager } from '@mikro-orm/postgresql'
import { inTransaction, transactionTime } from '../database/transaction.ts'
import type { Outbox } from '../delivery/outbox.ts'
import { DomainError } from '../errors.ts'
import { IdempotencyRecords, idempotentCall, type Outcome } from '../idempotency/idempotency.ts'
import { placeInTransaction } from '../order/place-orders.ts'
import { CartItem } from './cart-item.entity.ts'
import { lockCart } from './change-cart.ts'
import { readCart } from './read-cart.ts'

/**
 * Orders what is in the cart, pays it from the points, and takes what was ordered out of the cart, in one transaction.
 * Throws `CART_EMPTY` and what `placeOrders` refuses with; the cart is as it was then.
 */
export async function checkoutCart(
  em: EntityManager,
  outbox: Outbox,
  { memberId, idempotencyKey }: CheckoutInput,
): Promise<Outcome<OrderView>> {
  const call = idempotentCall('cart.checkout', memberId, idempotencyKey, null)
  return inTransaction(em, async (em) => {
    const cart = await lockCart(em, memberId)
    const records = await IdempotencyRecords.find(em, [call])
    const first = records.answerTo(call)
    if (first) return { answer: first as OrderView, replayed: true }

    // A cart that was not there to be locked may be filled by somebody else meanwhile: it is not looked into.
    const items = cart ? (await readCart(em, memberId)).items : []
    if (items.length === 0) throw new DomainError('CART_EMPTY', 'There is nothing in the cart.', {})
    const request = { memberId, payment: 'now' as const, items: items.map(toOrderItem) }
    const [placed] = await placeInTransaction(em, outbox, [request])
    if (placed === undefined || placed instanceof DomainError) throw placed

    await em.nativeDelete(CartItem, { memberId, productId: items.map((item) => item.productId) })
    records.add(call, placed.answer)
    await records.write(em, await transactionTime(em))
    return placed
  })
}

function toOrderItem({ productId, quantity }: { productId: number; quantity: number }) {
  return { productId, quantity }
}
