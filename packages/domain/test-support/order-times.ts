import type { Shop } from '@jumun/test-kit/domain-shop'

/** Lets a pending order's time to be paid be over, as if it had been placed long ago. */
export async function makeOverdue(shop: Shop, orderId: string): Promise<void> {
  await shop.em.execute(
    `update "order" set expires_at = now() - interval '1 second' where id = ? and status = 'PENDING_PAYMENT'`,
    [orderId],
  )
}
